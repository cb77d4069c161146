/**
 * What promises that have all been waited for came to.
 * @throws the reason of the first that was rejected
 */
export function valuesOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
