const POLYNOMIAL = 0x04c11db7;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) rest = rest < 0 ? (rest << 1) ^ POLYNOMIAL : rest << 1;
  return rest;
});

/** The first number that POSIX's `cksum` prints: a CRC of the bytes, then of their count, lowest byte first. */
export function cksum(bytes: Uint8Array): number {
  let crc = 0;
  const add = (byte: number): void => {
    crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] as number);
  };
  for (const byte of bytes) add(byte);
  for (let count = bytes.length; count > 0; count = Math.floor(count / 256)) add(count % 256);
  return ~crc >>> 0;
}
