"""Which variable a name stands for, by the scope rules of Python."""

from dampak.provenance.code.syntax import Source


class Scope:
    """The names of one function, lambda, comprehension, class or module while it is read."""

    def __init__(self, kind: str, parent: "Scope | None") -> None:
        self.kind = kind
        self.parent = parent
        # Functions do not see the names of a class around them.
        self.outer: Scope | None = parent.outer if parent is not None and parent.kind == "class" else parent
        self.bound: set[str] = set()  # variables, which may be renamed
        self.fixed: set[str] = set()  # parameters, imports, nested definitions
        self.shared: set[str] = set()  # declared global
        self.nonlocals: set[str] = set()
        self.imports: dict[str, list[Source]] = {}
        self.uses: list[tuple[int, str, tuple[str, ...]]] = []


class Scopes:
    """Text under construction, in which a name is resolved when the scope around it ends, since it may be bound late.

    Attributes
    ----------
    out
        The text so far, in pieces.
    names
        Names that come from outside all scopes, each with the attributes that follow it.
    imported
        Uses of names that were imported inside a scope: what was imported, and the attributes that follow.
    """

    def __init__(self) -> None:
        self.out: list[str] = []
        self.scope = Scope("module", None)
        self.names: set[tuple[str, ...]] = set()
        self.imported: set[tuple[Source, tuple[str, ...]]] = set()
        self._variables: list[tuple[int, Scope, str]] = []

    def open(self, kind: str) -> None:
        """Begin a scope."""
        self.scope = Scope(kind, self.scope)

    def close(self) -> None:
        """End a scope: resolve its names, or hand them on to the scope outside."""
        scope = self.scope
        for use in scope.uses:
            place, name, chain = use
            if scope.outer is None or name in scope.shared:
                self.names.add((name, *chain))
            elif name in scope.nonlocals:
                scope.outer.uses.append(use)
            elif name in scope.imports:
                self.imported.update((source, chain) for source in scope.imports[name])
            elif scope.kind == "class" and (name in scope.bound or name in scope.fixed):
                # Until the class binds it, such a name means the global one.
                self.names.add((name, *chain))
            elif name in scope.fixed:
                continue
            elif name in scope.bound:
                if not name.startswith("__"):  # mangled in a class
                    self._variables.append((place, scope, name))
            else:
                scope.outer.uses.append(use)
        self.scope = scope.parent or scope

    def use(self, name: str, chain: tuple[str, ...] = ()) -> None:
        """Write a name, which the attributes `chain` follow."""
        self.scope.uses.append((len(self.out), name, chain))
        self.out.append(name)

    def bind(self, name: str | None) -> None:
        """Bind a variable that the tree holds as text: `except ... as name`, `case name`."""
        if name is None:
            self.out.append("-")
        else:
            self.scope.bound.add(name)
            self.use(name)

    def number_variables(self) -> None:
        """Replace the names of local variables by numbers, in the order in which they appear in the text."""
        numbers: dict[tuple[Scope, str], int] = {}
        for place, scope, name in sorted(self._variables, key=lambda v: v[0]):
            self.out[place] = f"%{numbers.setdefault((scope, name), len(numbers))}"
