/** CRC32 as zlib computes it, and as S3 writes it: base64 of 4 bytes, the highest first. */

const TABLES = makeTables();

/** Eight tables, with which eight bytes are taken at once. */
function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[byte] = value >>> 0;
  }
  const tables = [first];
  for (let place = 1; place < 8; place++) {
    const before = tables[place - 1] as Uint32Array;
    tables.push(before.map((value) => (value >>> 8) ^ at(first, value & 255)));
  }
  return tables;
}

function at(table: Uint32Array, place: number): number {
  return table[place] as number;
}

/** The CRC32 of `bytes` after those whose CRC32 is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array,
  ];
  let value = ~before;
  let place = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; place + 8 <= bytes.length; place += 8) {
    const low = value ^ view.getUint32(place, true);
    const high = view.getUint32(place + 4, true);
    value =
      at(t7, low & 255) ^ at(t6, (low >>> 8) & 255) ^ at(t5, (low >>> 16) & 255) ^ at(t4, low >>> 24) ^
      at(t3, high & 255) ^ at(t2, (high >>> 8) & 255) ^ at(t1, (high >>> 16) & 255) ^ at(t0, high >>> 24);
  }
  for (; place < bytes.length; place++) value = at(t0, (value ^ (bytes[place] as number)) & 255) ^ (value >>> 8);
  return ~value >>> 0;
}

export function crc32Text(value: number): string {
  return btoa(String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255));
}
