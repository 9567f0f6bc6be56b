/** `PRAGMA application_id` of our files: "Tria" in ASCII. */
export const applicationId = 0x54726961
/** `PRAGMA user_version`: the version of the tables below. */
export const formatVersion = 1

/** Finished trials. The table follows from the log. */
export const trialsTable: string = `CREATE TABLE trials (
  number INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  score REAL,
  config TEXT NOT NULL,
  metrics TEXT NOT NULL,
  step REAL,
  started_ms REAL,
  ended_ms REAL,
  error TEXT
);`

/**
 * One row of `log` is one commit: `n` events as a JSON array of tuples, and the CRC-32 of the body that began with that of
 * the row before, so that a changed, missing or reordered row is noticed. SQL has no NaN: a report's value is NULL then.
 * Databases of before there were checkpoints lack the view of that name.
 */
export const schema: string = `
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${formatVersion};

CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  body TEXT NOT NULL,
  crc INTEGER NOT NULL
);

${trialsTable}

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  started_wall_ms REAL NOT NULL,
  first_seq INTEGER NOT NULL,
  facts TEXT NOT NULL
);

CREATE VIEW reports AS
SELECT
  event.value ->> 1 AS trial,
  event.value ->> 2 AS attempt,
  event.value ->> 3 AS step,
  CASE event.value ->> 4
    WHEN 'NaN' THEN NULL
    WHEN 'Infinity' THEN 9e999
    WHEN '-Infinity' THEN -9e999
    ELSE event.value ->> 4
  END AS value,
  coalesce(event.value ->> 5, 1) AS judged,
  nullif(event.value -> 6, 'null') AS metrics
FROM log, json_each(log.body) AS event
WHERE event.value ->> 0 = 'r'
ORDER BY log.seq, event.key;

CREATE VIEW checkpoints AS
SELECT
  event.value ->> 1 AS trial,
  event.value ->> 2 AS attempt,
  event.value ->> 3 AS step,
  event.value ->> 7 AS id
FROM log, json_each(log.body) AS event
WHERE event.value ->> 0 = 'r' AND event.value ->> 7 IS NOT NULL
ORDER BY log.seq, event.key;

CREATE VIEW decisions AS
SELECT
  event.value ->> 1 AS trial,
  event.value ->> 2 AS attempt,
  event.value ->> 3 AS action,
  event.value ->> 4 AS decided_by,
  event.value -> 5 AS why
FROM log, json_each(log.body) AS event
WHERE event.value ->> 0 = 'd'
ORDER BY log.seq, event.key;
`
