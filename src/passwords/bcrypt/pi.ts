/**
 * The first words of the binary fraction of pi, which Blowfish's subkeys and S-boxes begin with.
 * @param count how many words of 32 bits, the most significant first
 */
export function fractionOfPi(count: number): Uint32Array {
  // So many bits more that what each division cuts off stays behind the last word.
  const spare = 64n;
  const one = 1n << (32n * BigInt(count) + spare);
  const arctanOfInverse = (x: bigint): bigint => {
    let sum = 0n;
    let power = one / x;
    for (let k = 1n; power > 0n; k += 4n) {
      sum += power / k - power / (x * x) / (k + 2n);
      power /= x ** 4n;
    }
    return sum;
  };
  // Machin's formula.
  const pi = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n));
  const hex = ((pi % one) >> spare).toString(16).padStart(8 * count, '0');
  return Uint32Array.from({ length: count }, (_, i) => parseInt(hex.slice(8 * i, 8 * i + 8), 16));
}
