import { describe, expect, it } from "vitest";
import { archiveBytes } from "../../src/write/archive.js";
import type { ArchiveEntry } from "../../src/write/archive-entry.js";

describe.each(["zip", "tar.gz"] as const)(
  "an archive as %s whose reader goes away early",
  (format) => {
    it.each([true, false])("closes the source that it reads, deflated: %s", async (compressed) => {
      let isClosed = false;
      async function* content(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield Buffer.alloc(1 << 20, "x");
        } finally {
          isClosed = true;
        }
      }
      async function* entries(): AsyncGenerator<ArchiveEntry> {
        const size = 1 << 30;
        yield { path: "a", mode: 0o644, size, compressed, content: content(), crc32: () => 0 };
      }
      const bytes = archiveBytes(format, entries(), { level: 1, mtime: new Date(0) });
      let length = 0;
      for await (const piece of bytes) {
        length += piece.length;
        if (length > 100) break;
      }
      await expect.poll(() => isClosed).toBe(true);
    });
  },
);
