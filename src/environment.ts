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
  MMAR2MDAI_SHARD_INDEX:
    "The part for `--shard auto`, from 0: `strategy.job-index` of a GitHub matrix, for example.",
  MMAR2MDAI_SHARD_COUNT:
    "How many parts there are: `strategy.job-total` of a GitHub matrix, `completions` of a Kubernetes Job.",
  JOB_COMPLETION_INDEX:
    "The part for `--shard auto`, from 0, which Kubernetes sets in an indexed Job.",
  SLURM_ARRAY_TASK_ID: "The part for `--shard auto`, which Slurm sets in a job array.",
  SLURM_ARRAY_TASK_COUNT: "How many tasks that array has.",
  SLURM_ARRAY_TASK_MIN: "The lowest index of that array.",
  SLURM_ARRAY_TASK_MAX: "The highest index of that array.",
  SLURM_ARRAY_TASK_STEP: "From one index of that array to the next; 1 where it is not set.",
  CI_NODE_INDEX: "The part for `--shard auto`, from 1, which GitLab sets in a job with `parallel`.",
  CI_NODE_TOTAL: "How many such jobs there are.",
  GITHUB_WORKSPACE: "What paths in reports are relative to, in GitHub Actions.",
} as const;

/** Where environment variables are looked up: no others than these can be read. */
export type Environment = Readonly<Partial<Record<keyof typeof ENVIRONMENT, string | undefined>>>;
