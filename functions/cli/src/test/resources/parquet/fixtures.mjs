// Writes the Parquet files of ParquetTest with writers that are not ours:
//   npm install @duckdb/node-api parquet-wasm apache-arrow && node fixtures.mjs
import { DuckDBInstance } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import * as wasm from 'parquet-wasm';
import fs from 'fs';

const db = await (await DuckDBInstance.create()).connect();
const rows = `select i as doc_id, [i, i + 0.5, -i]::double[3] as embedding, case when i % 2 = 0 then 'Text ü 😀 ' || i end as body, 'de' as lang,
  i % 3 = 0 as ok, (200 + i)::utinyint as u8, (18000000000000000000 + i)::ubigint as u64, (i * 1.25)::decimal(10, 2) as price, 3::decimal(30, 0) as whole,
  date '2026-01-02' + i::int as day, timestamp '2026-01-02 03:04:05.123456' as at, timestamptz '2026-01-02 03:04:05+00' as utc, time '12:34:56' as clock,
  uuid '11111111-2222-3333-4444-555555555555' as uuid, ['a', 'b' || i] as tags, [i, i + 1] as numbers, i * 0.5::double as score, 0.25::float as small,
  null::varchar as nothing from range(5) t(i)`;
for (const codec of ['snappy', 'zstd', 'gzip', 'lz4_raw', 'uncompressed', 'brotli']) {
  await db.run(`copy (select * exclude (u64) from (${rows})) to 'duckdb-${codec}.parquet' (format parquet, compression ${codec})`);
}
await db.run(`copy (${rows}) to 'duckdb-u64.parquet' (format parquet)`);
await db.run(`copy (select 'x' || i as id, [i, 1]::float[] as vector, {'year': 2020 + i, 'lang': case when i > 0 then 'de' end, 'tags': ['p', 'q']} as attributes,
  {'a': {'b': 1}} as deep, map {'k': 1} as pairs, 'x'::blob as raw from range(3) t(i)) to 'duckdb-struct.parquet' (format parquet)`);
const small = (name, columns) => db.run(`copy (select ${columns} from range(5) t(i)) to 'duckdb-${name}.parquet' (format parquet)`);
await small('null-vector', `'x' || i as id, case when i <> 2 then [i, 1] end::float[] as vector`);
await small('null-component', `'x' || i as id, case when i <> 2 then [i, 1] else [i, null] end::float[] as vector`);
await small('ragged', `'x' || i as id, case when i <> 3 then [i, 1] else [1] end::float[] as vector`);
await small('null-id', `case when i <> 1 then 'x' || i end as id, [i, 1]::float[] as vector`);
await small('nan', `'x' || i as id, [i, 1]::float[] as vector, case when i <> 1 then 1 else 'nan'::double end as score`);
await small('no-object', `'x' || i as id, [i, 1]::float[] as vector, case when i <> 1 then '{"a": 1}' else '[1]' end as attributes`);
await small('overflow', `'x' || i as id, case when i <> 4 then [i, 1] else [1e300, 1] end::double[] as vector`);

// Arrow's own library, in Rust: a list of fixed size, pages of version 2, and its encodings.
const element = new arrow.Field('item', new arrow.Float32(), true);
const table = new arrow.Table({
  id: arrow.vectorFromArray(['r0', 'r1', 'r2'], new arrow.Utf8()),
  vector: arrow.vectorFromArray([[0, 1], [1, 1], [2, 1]], new arrow.FixedSizeList(2, element)),
  text: arrow.vectorFromArray(['one', null, 'drei ü'], new arrow.Utf8()),
  year: arrow.vectorFromArray([2024, null, 2026], new arrow.Int32()),
});
const properties = new wasm.WriterPropertiesBuilder()
  .setCompression(wasm.Compression.ZSTD).setWriterVersion(wasm.WriterVersion.V2).setDictionaryEnabled(false)
  .setColumnEncoding('id', wasm.Encoding.DELTA_BYTE_ARRAY).setColumnEncoding('year', wasm.Encoding.DELTA_BINARY_PACKED).build();
fs.writeFileSync('arrow-v2.parquet', wasm.writeParquet(wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), properties));
