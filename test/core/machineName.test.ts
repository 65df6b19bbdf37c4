import assert from 'node:assert/strict';
import { machineName } from '../../src/core/ticket/machineName.ts';

describe('machineName', () => {
  const cases: [remoteName: string, expected: string][] = [
    ['ssh-remote', 'box (SSH)'],
    ['wsl', 'box (WSL)'],
    ['dev-container', 'box (Dev Container)'],
    ['attached-container', 'box (Container)'],
    ['k8s-container', 'box (k8s-container)'],
    ['localhost:8000', 'box'],
  ];
  for (const [remoteName, expected] of cases)
    it(`${remoteName} is ${expected}`, () =>
      assert.equal(machineName('box', remoteName), expected));
});
