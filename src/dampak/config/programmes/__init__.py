"""The typed model of a programme study: registers, a household survey, several programmes."""
