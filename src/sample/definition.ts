/** Four agents, two of them side by side. Short answers, so that a small model on one thread is done in a minute. */
export const SAMPLE_AGENTS = [
  {
    agent_name: 'scout',
    agent_type: 'task',
    instructions: 'You collect ideas. Answer with three short lines and nothing else.',
    max_output_tokens: 70,
  },
  {
    agent_name: 'advocate',
    agent_type: 'task',
    instructions: 'You speak for an idea. Name its two best points in two short sentences.',
    max_output_tokens: 70,
  },
  {
    agent_name: 'sceptic',
    agent_type: 'task',
    instructions: 'You doubt ideas. Name the two largest risks in two short sentences.',
    max_output_tokens: 70,
  },
  {
    agent_name: 'editor',
    agent_type: 'task',
    instructions: 'You decide. Weigh what the advocate and the sceptic said, and give one recommendation in two sentences.',
    max_output_tokens: 90,
  },
] as const;

export const SAMPLE_COORDINATION = {
  name: 'sample-debate',
  coordination_description: 'An idea is collected, argued for and against side by side, and decided.',
  agents: SAMPLE_AGENTS.map(({ agent_name }) => ({ agent_name })),
  agent_actions: {
    advocate: { predecessors: ['scout'] },
    sceptic: { predecessors: ['scout'] },
    editor: { predecessors: ['advocate', 'sceptic'] },
  },
} as const;

export const SAMPLE_TASK = 'How could a small town library win more readers?';
/** How the coordination is drawn in a terminal. */
export const SAMPLE_PICTURE = 'scout -> ( advocate | sceptic ) -> editor';
