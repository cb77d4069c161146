import { describe, expect, it } from 'vitest';
import { executionUrl, listUrl, uiUrlProblem } from '../../src/temporal-ui.js';

describe('a link to Temporal’s UI', () => {
  it('names namespace, workflow and run, however they are written', () => {
    const execution = { workflowId: 'a b/c#é?', runId: '01-x' };
    expect(executionUrl('https://t.example.com/ui/', 'team a', execution)).toBe(
      'https://t.example.com/ui/namespaces/team%20a/workflows/a%20b%2Fc%23%C3%A9%3F/01-x',
    );
  });

  it('shows a list by its query', () => {
    expect(listUrl('https://t.example.com/ui/', 'team a', 'WorkflowType="x y"')).toBe(
      'https://t.example.com/ui/namespaces/team%20a/workflows?query=WorkflowType%3D%22x%20y%22',
    );
  });

  it.each(['http://127.0.0.1:8233', 'https://cloud.temporal.io/', 'https://t.example.com/ui'])(
    'is made with %s',
    (url) => expect(uiUrlProblem(url)).toBeUndefined(),
  );

  it.each([
    ['localhost:8233', /not an http or https URL/],
    ['javascript:alert(1)', /not an http or https URL/],
    ['http://', /not an http or https URL/],
    ['https://user:secret@t.example.com', /holds a login/],
    ['https://t.example.com/?a=b', /after its path/],
    ['https://t.example.com/#x', /after its path/],
  ])('is not made with %s', (url, problem) => expect(uiUrlProblem(url)).toMatch(problem));
});
