// `npm run eval:ledger [-- COUNT [KIND]]`: simulated accounts with hidden prices by class and model, whole
// percent, late counting, several agents, a second machine or a leaked key, a price that changes, windows of
// 5 hours, a week and a month, times without the editor.
import { gradeLedger } from '../support/ledgerGrade.ts';

const [count = '200', kinds = ''] = process.argv.slice(2);
console.log(`${count} accounts of each kind`);
for (const [name, { count: right, of }] of gradeLedger(Number(count), new RegExp(kinds)))
  console.log(
    `${name.padEnd(70)} ${`${right} of ${of}`.padStart(12)} ${((100 * right) / of).toFixed(1)} %`,
  );
