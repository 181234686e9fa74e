// Peers from npm, one a process: `node --expose-gc peers.mjs PEER`. It is asked and answers in lines of JSON, see ChildEngine.java.
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const HEADER = 64;
const CONNECTIONS = 32;
const BEAM = 200;

/** The file format is that of VectorFiles.java. */
function readVectors(file) {
  const size = statSync(file).size;
  const memory = new ArrayBuffer(size);
  const handle = openSync(file, 'r');
  for (let at = 0; at < size; ) {
    at += readSync(handle, new Uint8Array(memory, at, Math.min(size - at, 1 << 30)));
  }
  closeSync(handle);
  const header = new Int32Array(memory, 0, HEADER / 4);
  const [count, dimension] = [header[3], header[4]];
  const values = new Float32Array(memory, HEADER, count * dimension);
  return { count, dimension, values, row: (i) => values.subarray(i * dimension, (i + 1) * dimension) };
}

/** Which of 1,000 buckets a row is in; the same as Buckets.java. */
function bucket(row) {
  let h = Math.imul(row + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h ^= h >>> 13;
  return (h >>> 0) % 1000;
}

/** In memory, a page that is mapped several times counted once. */
function resident() {
  const rollup = '/proc/self/smaps_rollup';
  return existsSync(rollup)
    ? Number(/^Pss:\s+(\d+)/m.exec(readFileSync(rollup, 'utf8'))[1]) * 1024
    : process.memoryUsage.rss();
}

const cosine = (task) => task.metric === 'cosine';

// A peer: load() its package, build() and save, open(), prepare() queries as it wants them, and search() one.
// search() gives row numbers; share is the filter (rows whose bucket is below it) or undefined.
const peers = {
  'hnswlib-node': () => {
    let lib, index;
    return {
      load: async () => (lib = (await import('hnswlib-node')).default),
      build(task, rows) {
        // Rows of cosine sets have unit length.
        index = new lib.HierarchicalNSW(cosine(task) ? 'ip' : 'l2', rows.dimension);
        index.initIndex(rows.count, CONNECTIONS, BEAM, 100);
        for (let i = 0; i < rows.count; i++) {
          index.addPoint(Array.from(rows.row(i)), i);
        }
        index.writeIndexSync(join(task.index, 'index.bin'));
      },
      open(task) {
        index = new lib.HierarchicalNSW(cosine(task) ? 'ip' : 'l2', task.dimension);
        index.readIndexSync(join(task.index, 'index.bin'));
      },
      prepare: (query) => Array.from(query),
      search(query, k, effort, share) {
        index.setEf(Math.max(k, effort));
        const filter = share === undefined ? undefined : (row) => bucket(row) < share;
        return index.searchKnn(query, k, filter).neighbors;
      },
    };
  },
  'usearch-f32': () => usearch('f32'),
  'usearch-i8': () => usearch('i8'),
  lancedb: () => {
    let lib, table;
    return {
      load: async () => (lib = await import('@lancedb/lancedb')),
      async build(task, rows) {
        const database = await lib.connect(task.index);
        const step = 10_000;
        for (let start = 0; start < rows.count; start += step) {
          const batch = [];
          for (let i = start; i < Math.min(rows.count, start + step); i++) {
            batch.push({ id: i, bucket: bucket(i), vector: Array.from(rows.row(i)) });
          }
          if (start === 0) {
            table = await database.createTable('rows', batch);
          } else {
            await table.add(batch);
          }
        }
        await table.optimize();
        await table.createIndex('bucket', { config: lib.Index.btree() });
        await table.createIndex('vector', {
          config: lib.Index.ivfPq({
            distanceType: cosine(task) ? 'cosine' : 'l2',
            numPartitions: Math.round(Math.sqrt(rows.count)),
            numSubVectors: rows.dimension / 4,
          }),
        });
      },
      async open(task) {
        table = await (await lib.connect(task.index)).openTable('rows');
        this.distance = cosine(task) ? 'cosine' : 'l2';
      },
      prepare: (query) => query,
      async search(query, k, effort, share) {
        let search = table
          .vectorSearch(query)
          .distanceType(this.distance)
          .nprobes(effort)
          .refineFactor(Math.max(5, Math.min(50, effort)))
          .select(['id', '_distance'])
          .limit(k);
        if (share !== undefined) {
          search = search.where(`bucket < ${share}`);
        }
        return (await search.toArray()).map((hit) => Number(hit.id));
      },
    };
  },
  zvec: () => {
    let lib, collection;
    return {
      load: async () => (lib = await import('@zvec/zvec')),
      build(task, rows) {
        const metricType = cosine(task) ? lib.ZVecMetricType.COSINE : lib.ZVecMetricType.L2;
        collection = lib.ZVecCreateAndOpen(
          join(task.index, 'collection'),
          new lib.ZVecCollectionSchema({
            name: 'rows',
            fields: [
              {
                name: 'bucket',
                dataType: lib.ZVecDataType.INT32,
                indexParams: { indexType: lib.ZVecIndexType.INVERT },
              },
            ],
            vectors: [
              {
                name: 'vector',
                dataType: lib.ZVecDataType.VECTOR_FP32,
                dimension: rows.dimension,
                indexParams: { indexType: lib.ZVecIndexType.HNSW, metricType, m: CONNECTIONS, efConstruction: BEAM },
              },
            ],
          }),
        );
        const step = 1_000;
        for (let start = 0; start < rows.count; start += step) {
          const batch = [];
          for (let i = start; i < Math.min(rows.count, start + step); i++) {
            batch.push({ id: String(i), fields: { bucket: bucket(i) }, vectors: { vector: rows.row(i) } });
          }
          collection.insertSync(batch);
        }
        collection.optimizeSync();
        collection.closeSync();
      },
      open(task) {
        collection = lib.ZVecOpen(join(task.index, 'collection'), { readOnly: true });
      },
      prepare: (query) => query,
      search(query, k, effort, share) {
        return collection
          .querySync({
            fieldName: 'vector',
            vector: query,
            topk: k,
            ...(share === undefined ? {} : { filter: `bucket < ${share}` }),
            outputFields: [],
            params: { indexType: lib.ZVecIndexType.HNSW, ef: Math.max(k, effort) },
          })
          .map((hit) => Number(hit.id));
      },
    };
  },
  'sqlite-vec': () => {
    let sqlite, extension, database, statement, filtered;
    return {
      async load() {
        sqlite = (await import('better-sqlite3')).default;
        extension = await import('sqlite-vec');
      },
      connect(task) {
        database = new sqlite(join(task.index, 'rows.db'));
        extension.load(database);
      },
      build(task, rows) {
        this.connect(task);
        const distance = cosine(task) ? 'distance_metric=cosine' : '';
        database.exec(`create virtual table rows using vec0(vector float[${rows.dimension}] ${distance}, bucket integer)`);
        const insert = database.prepare('insert into rows(rowid, vector, bucket) values (?, ?, ?)');
        database.transaction(() => {
          for (let i = 0; i < rows.count; i++) {
            insert.run(BigInt(i), rows.row(i), BigInt(bucket(i)));
          }
        })();
        database.close();
      },
      open(task) {
        this.connect(task);
        database.pragma('mmap_size = 8589934592');
        statement = database.prepare('select rowid from rows where vector match ? and k = ?').pluck();
        filtered = database.prepare('select rowid from rows where vector match ? and k = ? and bucket < ?').pluck();
      },
      prepare: (query) => query,
      search: (query, k, effort, share) =>
        share === undefined ? statement.all(query, k) : filtered.all(query, k, share),
    };
  },
};

function usearch(quantization) {
  let lib, task;
  const views = new Map();
  const create = (effort) =>
    new lib.Index({
      dimensions: task.dimension,
      metric: cosine(task) ? 'cos' : 'l2sq',
      quantization,
      connectivity: CONNECTIONS,
      expansion_add: BEAM,
      expansion_search: effort,
      multi: false,
    });
  return {
    load: async () => (lib = await import('usearch')),
    build(given, rows) {
      task = { ...given, dimension: rows.dimension };
      if (quantization === 'i8' && !cosine(task)) {
        throw new Error('its int8 takes components from -1 to 1, these are larger');
      }
      const index = create(64);
      const step = 10_000;
      for (let start = 0; start < rows.count; start += step) {
        const end = Math.min(rows.count, start + step);
        const keys = BigUint64Array.from({ length: end - start }, (_, i) => BigInt(start + i));
        index.add(keys, rows.values.subarray(start * rows.dimension, end * rows.dimension), 1);
      }
      index.save(join(task.index, 'index.usearch'));
    },
    open(given) {
      task = given;
    },
    prepare: (query) => query,
    // The effort cannot be changed once an index is open, so each effort is a view of its own of the same mapped file.
    search(query, k, effort) {
      let index = views.get(effort);
      if (!index) {
        index = create(Math.max(k, effort));
        index.view(join(task.index, 'index.usearch'));
        views.set(effort, index);
      }
      return Array.from(index.search(query, k, 1).keys, Number);
    },
  };
}

const peer = peers[process.argv[2]]();
const queries = new Map();
let baseline;

const operations = {
  async load() {
    await peer.load();
    return {};
  },
  async build(task) {
    const rows = readVectors(task.rows);
    const before = process.cpuUsage();
    await peer.build(task, rows);
    const { user, system } = process.cpuUsage(before);
    return { cpuMicros: user + system };
  },
  async open(task) {
    globalThis.gc();
    baseline = resident();
    await peer.open(task);
    return {};
  },
  async search(task) {
    if (!queries.has(task.queries)) {
      const vectors = readVectors(task.queries);
      queries.set(task.queries, Array.from({ length: vectors.count }, (_, i) => peer.prepare(vectors.row(i))));
    }
    const asked = queries.get(task.queries).slice(0, task.count);
    const ids = [];
    const before = process.cpuUsage();
    const started = process.hrtime.bigint();
    for (const query of asked) {
      const found = peer.search(query, task.k, task.effort, task.share);
      ids.push(found instanceof Promise ? await found : found);
    }
    const wallMicros = Number(process.hrtime.bigint() - started) / 1e3;
    const { user, system } = process.cpuUsage(before);
    return { ids, cpuMicros: user + system, wallMicros };
  },
  async resident() {
    globalThis.gc();
    return { bytes: resident() - baseline };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  let answer;
  try {
    answer = await operations[task.op](task);
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
process.exit(0);
