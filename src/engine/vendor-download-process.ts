// The process in which one vendor's downloader runs; see vendor-download.ts.
import type { Vendor } from './vendor-download.ts';

const DOWNLOADERS: Record<Vendor, () => Promise<(folder: string) => Promise<string>>> = {
  temporal: async () => (await import('./download-temporal.ts')).downloadTemporal,
  mongod: async () => (await import('./download-mongod.ts')).downloadMongod,
  'local-model': async () => (await import('./download-local-model.ts')).downloadLocalModel,
};

const [vendor, folder] = process.argv.slice(2) as [Vendor, string];

// Its starter is gone: nobody would take the file.
process.once('disconnect', () => process.exit(1));

try {
  const download = await DOWNLOADERS[vendor]();
  process.send?.({ path: await download(folder) });
} catch (error) {
  process.send?.({ error: (error as Error).message.split('\n')[0] });
}
