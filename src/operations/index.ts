import { AGENT_OPERATIONS } from './agents.ts';
import { API_KEY_OPERATIONS } from './api-keys.ts';
import { COORDINATION_VERSION_OPERATIONS } from './coordination-versions.ts';
import { COORDINATION_OPERATIONS } from './coordinations.ts';
import type { Operation } from './operation.ts';
import { PROJECT_OPERATIONS } from './projects.ts';
import { WHOAMI_OPERATIONS } from './whoami.ts';

/** Everything a caller may do; every surface is made from this list. */
export const OPERATIONS: readonly Operation[] = [
  ...WHOAMI_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...API_KEY_OPERATIONS,
  ...AGENT_OPERATIONS,
  ...COORDINATION_OPERATIONS,
  ...COORDINATION_VERSION_OPERATIONS,
];
