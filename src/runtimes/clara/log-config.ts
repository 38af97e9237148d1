import type { AddedFile } from "../runtime.js";

/** The file by which an MMAR of NVIDIA's sets up Python's logging. */
export const LOG_CONFIG = "resources/log.config";

/**
 * What takes its place where an MMAR has none, as many public ones do: every MMAR in the logs that
 * are known had one, and whether Clara's entry point can do without is not known.
 */
export const DEFAULT_LOG_CONFIG: AddedFile = {
  path: LOG_CONFIG,
  text: [
    "[loggers]",
    "keys=root",
    "",
    "[handlers]",
    "keys=stdout",
    "",
    "[formatters]",
    "keys=plain",
    "",
    "[logger_root]",
    "level=INFO",
    "handlers=stdout",
    "",
    "[handler_stdout]",
    "class=StreamHandler",
    "level=INFO",
    "formatter=plain",
    "args=(sys.stdout,)",
    "",
    "[formatter_plain]",
    "format=%(asctime)s - %(name)s - %(levelname)s - %(message)s",
    "",
  ].join("\n"),
  reason: "Python's logging, which the MMAR does not set up",
};
