"""Search algorithms of Python libraries, for the engine in TypeScript (`engine('optuna')`)."""
