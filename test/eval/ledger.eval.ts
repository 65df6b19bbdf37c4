// `npm run eval:ledger [-- COUNT]`: simulated accounts with hidden prices, whole percent, late counting,
// several agents, a second machine or a leaked key, a price that changes, nights without the editor.
import { gradeLedger } from '../support/ledgerGrade.ts';

const count = Number(process.argv[2] ?? 200);
const { unknown, prices, ...rates } = gradeLedger(count);
console.log(`${count} accounts; ${unknown} with too little data`);
for (const [name, { count: right, of }] of Object.entries({ ...rates, ...prices }))
  console.log(`${name.padEnd(14)} ${right} of ${of}  ${((100 * right) / of).toFixed(1)} %`);
