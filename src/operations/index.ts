import { AGENT_OPERATIONS } from './agents.ts';
import { API_KEY_OPERATIONS } from './api-keys.ts';
import { CONTENT_OPERATIONS } from './contents.ts';
import { COORDINATION_VERSION_OPERATIONS } from './coordination-versions.ts';
import { COORDINATION_OPERATIONS } from './coordinations.ts';
import { DECISION_OPERATIONS } from './decisions.ts';
import type { Operation } from './operation.ts';
import { PROJECT_OPERATIONS } from './projects.ts';
import { SESSION_CONTROL_OPERATIONS } from './session-control.ts';
import { SESSION_DETAIL_OPERATIONS } from './session-details.ts';
import { SESSION_OPERATIONS } from './sessions.ts';
import { STREAM_TOKEN_OPERATIONS } from './stream-tokens.ts';
import { WHOAMI_OPERATIONS } from './whoami.ts';

/** Everything a caller may do; every surface is made from this list. */
export const OPERATIONS: readonly Operation[] = [
  ...WHOAMI_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...API_KEY_OPERATIONS,
  ...AGENT_OPERATIONS,
  ...COORDINATION_OPERATIONS,
  ...COORDINATION_VERSION_OPERATIONS,
  ...SESSION_OPERATIONS,
  ...SESSION_CONTROL_OPERATIONS,
  ...SESSION_DETAIL_OPERATIONS,
  ...STREAM_TOKEN_OPERATIONS,
  ...DECISION_OPERATIONS,
  ...CONTENT_OPERATIONS,
];
