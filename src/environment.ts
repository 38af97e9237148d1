/** The environment variables that the program reads, and what each does; docs/cli.md shows them. */
export const ENVIRONMENT = {
  SOURCE_DATE_EPOCH:
    "Time of the entries in a bundle, in seconds since 1970; without it a fixed one.",
  NO_COLOR: "If set and not empty, nothing is printed in colours.",
  TERM: "With `dumb` there are no colours and no progress bar.",
  CI: "If set, there is no progress bar.",
  TMPDIR:
    "Where the content of a tar.gz is kept while it is read. It takes as much as it unpacks to.",
  MMAR2MDAI_PYTHON:
    "The Python that the deploy code's syntax is checked with; else `python3` in `PATH`.",
  PATH: "Where `python3` is looked up.",
  XDG_CACHE_HOME: "Where `run` keeps the Python environments that it makes; else `~/.cache`.",
  HOME: "The folder that `~` stands for.",
  LOCALAPPDATA: "On Windows, where `run` keeps the Python environments that it makes.",
  VIRTUAL_ENV: "The active virtual environment; `run` uses it where it has what the model needs.",
  GITHUB_ACTIONS: "If `true`, findings are shown as annotations as well.",
  GITHUB_STEP_SUMMARY: "The file that the step's summary is appended to, in GitHub Actions.",
  GITHUB_WORKSPACE: "What paths in reports are relative to, in GitHub Actions.",
} as const;

/** Where environment variables are looked up: no others than these can be read. */
export type Environment = Readonly<Partial<Record<keyof typeof ENVIRONMENT, string | undefined>>>;
