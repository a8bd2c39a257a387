import { getOS } from 'mongodb-memory-server-core/lib/util/getos/index.js';
import { MongoBinary } from 'mongodb-memory-server-core/lib/util/MongoBinary.js';
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js';
import { DEFAULT_VERSION } from 'mongodb-memory-server-core/lib/util/resolveConfig.js';
import { assertReachable } from './assert-reachable.ts';

/** Lets mongodb-memory-server download the mongod of this platform into an empty folder; answers its path. */
export async function downloadMongod(folder: string): Promise<string> {
  const target = { version: DEFAULT_VERSION, platform: process.platform, arch: process.arch, os: await getOS() };
  await assertReachable(await new MongoBinaryDownloadUrl(target).getDownloadUrl());
  return MongoBinary.download({ ...target, downloadDir: folder, checkMD5: true, systemBinary: '' });
}
