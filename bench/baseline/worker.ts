import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import mongoose from 'mongoose';
import { createActivities, type StepRecord } from './activities.ts';

/** A process of its own, as the engine's worker is one; says `ready` to its parent and drains on SIGTERM. */
Runtime.install({ logger: new DefaultLogger('WARN') });
const mongo = await mongoose.mongo.MongoClient.connect(process.env.MONGODB_URI!, { maxPoolSize: 50 });
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS! });
const workflowsPath = fileURLToPath(new URL('./workflow.ts', import.meta.url));
const worker = await Worker.create({
  connection,
  taskQueue: 'bench-baseline',
  workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') }),
  activities: createActivities(mongo.db('bench').collection<StepRecord>('baseline_steps')),
  maxConcurrentActivityTaskExecutions: 500,
  maxCachedWorkflows: 100,
  shutdownGraceTime: '2s',
});
process.send?.('ready');
await worker.run();
await connection.close();
await mongo.close();
