"""Memory of what a benchmark starts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Comes with Snakemake.
import psutil  # type: ignore[import-untyped]


class Watch:
    """Peak of the resident memory of this process's children, in bytes."""

    def __init__(self) -> None:
        self.peak = 0
        self._stop = threading.Event()

    def look(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(0.2):
            total = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self.look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
