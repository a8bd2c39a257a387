/**
 * Who may import whom (docs: DESIGN section 2). It is run over sources whose types were stripped, so `import type` is
 * free everywhere: test/structure/imports.test.ts does that, because TypeScript 7 has no API that the tool could parse with.
 */
const PRODUCT = '^(src|workflows|activities|workers|dashboard)/';

/** A folder that may reach only what is listed; everything else is a violation, packages and Node built-ins too. */
const only = (from, allowed, comment) => ({ name: `${from.replace('src/', '')}-only`, severity: 'error', comment, from: { path: `^${from}/` }, to: { pathNot: [`^${from}/`, ...allowed] } });
/** A folder that may reach anything but what is listed. */
const never = (from, refused, comment) => ({ name: `${from.replace('src/', '')}-never`, severity: 'error', comment, from: { path: `^${from}/` }, to: { path: refused } });

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', comment: 'Two files that need each other are one thing or three.', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', comment: 'The import leads nowhere.', from: {}, to: { couldNotResolve: true } },
    { name: 'no-dev-dependency', severity: 'error', comment: 'The product runs without dev dependencies.', from: { path: PRODUCT }, to: { dependencyTypes: ['npm-dev'] } },
    { name: 'no-test-in-product', severity: 'error', comment: 'The product knows neither its tests nor its bench.', from: { path: PRODUCT }, to: { path: '^(test|bench)/' } },

    only('src/plan', ['(^|/)node_modules/canonicalize/'], 'Pure: it runs in the browser and in workflows.'),
    only('src/scheduler', ['^src/plan/'], 'Pure: the same code in workflow, simulator and page.'),
    only('workflows', ['^src/(scheduler|plan)/', '(^|/)node_modules/@temporalio/(workflow|common)/'], 'Deterministic and bundled: no built-ins, records, providers or zod at run time.'),

    never('activities', '^(workflows|workers|src/(surfaces|engine))/', 'Side effects know nothing of the workflow that asks for them.'),
    never('src/operations', '^(workflows|activities|workers|src/(surfaces|engine))/', 'An operation knows no surface, and of workflows only types.'),
    never('src/surfaces', '^(workflows|activities|workers|src/(records|providers|knowledge|scheduler|plan|engine))/', 'A surface holds no business rule: it projects operations.'),
    never('src/records', '^(workflows|activities|workers|src/(operations|surfaces|providers|knowledge|scheduler|engine))/', 'Nothing above records.'),
    never('src/providers', '^(workflows|activities|workers|src/(operations|surfaces|records|knowledge|scheduler|engine))/', 'Nothing above providers.'),
    never('src/knowledge', '^(workflows|activities|workers|src/(operations|surfaces|scheduler|engine))/', 'Nothing above knowledge.'),
    never('src/engine', '^(workflows|activities|workers|src/(operations|surfaces|records|providers|knowledge|scheduler|plan))/', 'It starts programs and knows nothing of what runs on them.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
