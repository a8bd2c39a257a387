// Started by find-program.test.ts as a process of its own.
import { findMongod } from '../../src/engine/find-mongod.ts';

process.send?.(await findMongod(() => undefined));
