import type { Logger } from 'pino';
import { TextChunkModel } from '../../src/records/text-chunk.ts';

/** Shortest time between two writes of one call's text. */
const CHUNK_MS = 100;

export interface ChunkWriter {
  write(text: string): void;
  close(): Promise<void>;
}

/** Sends a model's text on its way while it is generated. Chunks may be lost, so a failed write is only logged. */
export function chunkWriter(owner: { partition_key: string; session_uuid: string; session_agent_uuid: string; attempt: number }, log: Logger): ChunkWriter {
  let buffer = '';
  let timer: NodeJS.Timeout | undefined;
  const opened = performance.now();
  let writing: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    timer = undefined;
    if (buffer === '') return;
    const text = buffer;
    buffer = '';
    writing = writing
      .then(() => TextChunkModel.collection.insertOne({ ...owner, text, created_at: new Date() } as never, { writeConcern: { w: 1 } }))
      .catch((error: unknown) => log.debug({ err: error }, 'a text chunk was not written'));
  };
  return {
    write(text) {
      buffer += text;
      timer ??= setTimeout(flush, CHUNK_MS);
    },
    async close() {
      clearTimeout(timer);
      // Nobody watches a call that is over at once: its result is about to be written, and this would be a write more.
      if (performance.now() - opened >= CHUNK_MS) flush();
      await writing;
    },
  };
}
