/**
 * `multipleOf` as Kratos reckons it: Go's `big.Float` with 64 bits, half up to even, and so 0.3 is a multiple of 0.1
 * and 4.35 of 0.01, which they are not in JavaScript's numbers.
 */
export function isMultiple(value: number, of: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(of)) return value % of === 0;
  const [a, b] = [bits(...decimal(value)), bits(...decimal(of))];
  const quotient = bits(a.mantissa, b.mantissa);
  const exponent = quotient.exponent + a.exponent - b.exponent;
  return exponent >= 0 || quotient.mantissa % 2n ** BigInt(-exponent) === 0n;
}

/** The number as JSON writes it, as one integer above another. */
function decimal(value: number): [above: bigint, below: bigint] {
  const [, whole = '', part = '', exponent = '0'] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(JSON.stringify(Math.abs(value))) ?? [];
  const power = Number(exponent) - part.length;
  const scale = 10n ** BigInt(Math.abs(power));
  return power < 0 ? [BigInt(whole + part), scale] : [BigInt(whole + part) * scale, 1n];
}

/** The value `mantissa * 2 ** exponent`. */
interface Float {
  mantissa: bigint;
  exponent: number;
}

const PRECISION = 64;

/** A quotient, rounded to the 64 bits that count. */
function bits(above: bigint, below: bigint): Float {
  if (above === 0n) return { mantissa: 0n, exponent: 0 };
  // One bit more or less than wanted, which the rounding below sees by itself.
  let shift = PRECISION - (lengthOf(above) - lengthOf(below));
  if (scaled(above, below, shift).whole >= 2n ** BigInt(PRECISION)) shift--;
  const { whole, rest, divisor } = scaled(above, below, shift);
  const isUp = rest * 2n > divisor || (rest * 2n === divisor && whole % 2n === 1n);
  return { mantissa: isUp ? whole + 1n : whole, exponent: -shift };
}

function scaled(above: bigint, below: bigint, shift: number) {
  const dividend = shift > 0 ? above << BigInt(shift) : above;
  const divisor = shift < 0 ? below << BigInt(-shift) : below;
  return { whole: dividend / divisor, rest: dividend % divisor, divisor };
}

function lengthOf(value: bigint): number {
  return value.toString(2).length;
}
