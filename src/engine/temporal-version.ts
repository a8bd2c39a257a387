/** Release of the Temporal CLI that the settings were measured on (server 1.29.1, UI 2.42.1). */
export const TEMPORAL_VERSION = '1.5.1';
