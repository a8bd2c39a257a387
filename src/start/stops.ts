import { showProgress } from '../engine/show-progress.ts';
import { say, sayOver, tell } from './terminal.ts';

type Stop = () => Promise<void>;

export interface Stops {
  /** Something that runs now and stands on what was added before it. */
  add(name: string, stop: Stop): void;
  /** How the servers are ended, last of all; null where none was started. */
  servers(stop: Stop | null): void;
  /** Stops everything, last added first. When `hurry` resolves, only the servers are still ended. */
  stop(hurry: Promise<unknown>): Promise<void>;
}

/** What has to be stopped, in the order opposite to the start: nothing loses what it stands on. */
export function createStops(servers: Stop): Stops {
  const added: Array<{ name: string; stop: Stop }> = [];
  let stopServers: Stop | null = servers;
  return {
    add: (name, stop) => void added.push({ name, stop }),
    servers(stop) {
      stopServers = stop;
    },
    async stop(hurry) {
      const last = stopServers;
      if (last === null) return;
      say();
      sayOver('Stopping. A second Ctrl-C does not wait for model calls in flight; the next start makes them again.');
      const hurried = hurry.then(() => true);
      for (const { name, stop } of added.reverse()) {
        const shown = showProgress(tell, 'Stopping', () => ({ text: name }));
        const left = await Promise.race([stop().then(() => false), hurried]).finally(shown);
        if (!left) continue;
        sayOver('Not waiting any longer.');
        break;
      }
      const shown = showProgress(tell, 'Stopping', () => ({ text: 'Temporal and mongod' }));
      await last().finally(shown);
      sayOver('Stopped. The data stay; npm start goes on with them.');
    },
  };
}
