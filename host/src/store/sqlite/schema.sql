-- Layout 6 of a Penstock store. Looking at it with sqlite3 is supported; changing it is not.
-- Instants are milliseconds since 1970 in UTC. JSON columns hold the types of the contract in wit/.

CREATE TABLE cursor (
    pipeline    TEXT NOT NULL,    -- name of the pipeline file without its ending
    source      TEXT NOT NULL,    -- id of the source stage
    origin      TEXT NOT NULL,    -- account/collection that it reads
    cursor      BLOB,             -- where it goes on reading; only its connector understands it
    complete_to INTEGER,          -- everything that changed at the remote before this instant is known
    at          INTEGER NOT NULL, -- when it came to stand here
    PRIMARY KEY (pipeline, source)
) WITHOUT ROWID;

-- Where each source has stood: the last 1,000 places, as far as their cursors fit in 4 MiB. Polls in a row that brought
-- nothing new are one.
CREATE TABLE checkpoint (
    pipeline   TEXT NOT NULL,
    source     TEXT NOT NULL,     -- id of the source stage
    position   INTEGER NOT NULL,  -- rising by one in the source, from 1
    number     INTEGER NOT NULL,  -- rising in the pipeline: people name it by this
    entries    INTEGER NOT NULL,  -- that were new since the one before
    total      INTEGER NOT NULL,  -- that were new since the source was first read
    bytes      INTEGER NOT NULL,  -- of all cursors of the source up to this one
    rewound_to INTEGER,           -- the checkpoint that a person had it go back to; 0 for the beginning
    at         INTEGER NOT NULL,
    cursor     BLOB,              -- null at the beginning
    PRIMARY KEY (pipeline, source, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX checkpoint_number ON checkpoint (pipeline, number);

-- The last 100 runs of each pipeline. Runs in a row of which nothing came are one.
CREATE TABLE run (
    pipeline TEXT NOT NULL,
    number   INTEGER NOT NULL,    -- rising in the pipeline
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    idle     INTEGER NOT NULL,    -- 1 where nothing came of it
    code     TEXT,                -- why it could not go on, as reports have it
    reason   TEXT,                -- the same in words
    stages   TEXT NOT NULL,       -- JSON: what each stage did, in numbers
    PRIMARY KEY (pipeline, number)
) WITHOUT ROWID;

CREATE TABLE seen (
    pipeline TEXT NOT NULL,
    source   TEXT NOT NULL,       -- id of the source stage
    key      TEXT NOT NULL,       -- account/collection/id of the entry
    revision TEXT NOT NULL,       -- the newest revision that was dealt with
    label    TEXT,                -- what people call it: the order's number
    outcome  TEXT NOT NULL,       -- what came of it on its way through the graph, in words
    at       INTEGER NOT NULL,    -- when it was dealt with
    PRIMARY KEY (pipeline, source, key)
) WITHOUT ROWID;

CREATE TABLE remote (
    destination TEXT NOT NULL,    -- account/collection
    key         TEXT NOT NULL,    -- key of the entry that was written, or found there
    id          TEXT NOT NULL,    -- its id at the destination
    revision    TEXT NOT NULL,    -- the revision that was written
    token       TEXT NOT NULL,    -- the UUID under which it was written
    version     INTEGER,          -- the remote's version of it, as the answer told
    memo        BLOB,             -- what the connector wants to know when the entry changes; null where a write has it
    content     INTEGER,          -- of the write whose memo that is
    at          INTEGER NOT NULL, -- when it was applied
    PRIMARY KEY (destination, key)
) WITHOUT ROWID;
CREATE INDEX remote_version ON remote (destination, version) WHERE version IS NOT NULL;

-- Keys that a sink did not write and never will: while its switch was off, another stage took them.
CREATE TABLE diverted (
    destination TEXT NOT NULL,    -- account/collection
    key         TEXT NOT NULL,
    at          INTEGER NOT NULL, -- when it was
    PRIMARY KEY (destination, key)
) WITHOUT ROWID;

CREATE TABLE write (
    pipeline    TEXT NOT NULL,
    number      INTEGER NOT NULL, -- rising in the pipeline
    stage       TEXT NOT NULL,    -- id of the sink
    destination TEXT NOT NULL,    -- account/collection
    component   TEXT NOT NULL,    -- sha256 of the component that planned it and will conclude it
    -- Not by IN: SQLite makes a table for each such check.
    status      TEXT NOT NULL CHECK (status = 'planned' OR status = 'sent' OR status = 'unknown' OR status = 'held'
                                     OR status = 'concluded' OR status = 'withdrawn'),
    action      TEXT NOT NULL,    -- create, update or delete
    content     INTEGER NOT NULL, -- what is large of it, and changes seldom
    first_effect INTEGER,         -- of its movements, which stand in the ledger one after the other; null where it has none
    last_effect INTEGER,
    planned_at  INTEGER NOT NULL,
    not_before  INTEGER NOT NULL, -- not to be sent, or probed, before this
    sent_at     INTEGER,          -- when it was last sent
    sends       INTEGER NOT NULL, -- how often it was sent
    probes      INTEGER NOT NULL, -- how often it was probed
    reason      TEXT,             -- what was last heard of it
    results     TEXT NOT NULL,    -- JSON: what became of each intake
    PRIMARY KEY (pipeline, number)
) WITHOUT ROWID;
CREATE INDEX write_open ON write (pipeline, number) 
    WHERE status <> 'held' AND status <> 'concluded' AND status <> 'withdrawn';

-- What of a write is large and stays as it was planned, so that a change of its status rewrites little.
CREATE TABLE write_content (
    id      INTEGER PRIMARY KEY,
    summary TEXT NOT NULL,        -- for people
    request TEXT NOT NULL,        -- JSON: the request without its body
    body    BLOB,                 -- the request's body, sent byte for byte
    memo    BLOB NOT NULL,        -- what conclude and settle want to know
    write   TEXT NOT NULL,        -- JSON: probe and times
    intakes TEXT NOT NULL         -- JSON: the entries that it serves, with their tokens
);
CREATE VIEW journal AS
    SELECT w.*, c.summary, c.request, c.body, c.memo, c.write, c.intakes,
        (SELECT json_group_array(json_object(
                'intake', m.position, 'owner', m.owner, 'delta', json_object('units', m.units, 'scale', m.scale),
                'cause', m.cause))
         FROM (SELECT e.*, o.owner FROM effect e JOIN counter o ON o.id = e.counter
               WHERE e.id BETWEEN w.first_effect AND w.last_effect ORDER BY e.id) m) AS movements
    FROM write w JOIN write_content c ON c.id = w.content;

CREATE TABLE write_key (
    pipeline    TEXT NOT NULL,
    number      INTEGER NOT NULL, -- of the write
    position    INTEGER NOT NULL, -- of the intake in the write
    destination TEXT NOT NULL,
    key         TEXT NOT NULL,
    revision    TEXT NOT NULL,
    token       TEXT NOT NULL,
    open        INTEGER NOT NULL, -- 1 until the intake has its result
    PRIMARY KEY (pipeline, number, position)
) WITHOUT ROWID;
-- A key has at most one open, unknown or held write at one destination, whatever else goes wrong.
CREATE UNIQUE INDEX write_key_open ON write_key (key, destination) WHERE open = 1;

CREATE TABLE waiting (
    pipeline   TEXT NOT NULL,
    number     INTEGER NOT NULL,  -- rising in the pipeline, kept when the entry is retried
    stage      TEXT NOT NULL,     -- id of the stage it stands before
    input      TEXT NOT NULL,     -- the stage's input port; empty for a sink
    kind       TEXT NOT NULL CHECK (kind = 'due' OR kind = 'horizon' OR kind = 'reread' OR kind = 'keys'
                                    OR kind = 'busy' OR kind = 'switch' OR kind = 'held' OR kind = 'dead'),
    until      INTEGER,           -- the instant it waits for
    what       TEXT NOT NULL,     -- JSON: all that it waits for
    on_name    TEXT,              -- the stage that must be on, or, as JSON, the sources that must be known so far
    key        TEXT NOT NULL,     -- of the entry
    origin_key TEXT NOT NULL,     -- of the source's entry that it was made of
    item       TEXT NOT NULL,     -- JSON: the entry and where it came from
    reason     TEXT NOT NULL,
    hint       TEXT,              -- how to mend it
    since      INTEGER NOT NULL,
    write      INTEGER,           -- the undecided write that a person decides
    PRIMARY KEY (pipeline, number)
) WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting (pipeline, until) WHERE kind IN ('due', 'reread');
CREATE INDEX waiting_other ON waiting (pipeline, kind, on_name, until) WHERE kind NOT IN ('due', 'reread');
CREATE INDEX waiting_origin ON waiting (origin_key);
CREATE INDEX waiting_key ON waiting (key);

CREATE TABLE waiting_on (
    key      TEXT NOT NULL,       -- the key whose write is waited for
    pipeline TEXT NOT NULL,
    number   INTEGER NOT NULL,    -- of the waiting entry
    PRIMARY KEY (key, pipeline, number)
) WITHOUT ROWID;
CREATE INDEX waiting_on_number ON waiting_on (pipeline, number);

CREATE TABLE state (
    pipeline TEXT NOT NULL,
    stage    TEXT NOT NULL,       -- id of the transform
    key      TEXT NOT NULL,
    value    BLOB NOT NULL,
    PRIMARY KEY (pipeline, stage, key)
) WITHOUT ROWID;

CREATE TABLE counter (
    id      INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    owner   TEXT NOT NULL,        -- the counter's name in the account
    UNIQUE (account, owner)
);

-- The ledger: what our writes move, or may have moved. Rows are never deleted. A movement is open, that is expected,
-- sent or unknown as its write is, until it is settled.
CREATE TABLE effect (
    id         INTEGER PRIMARY KEY,
    counter    INTEGER NOT NULL REFERENCES counter (id),
    units      INTEGER NOT NULL,  -- the movement is units times ten to the power of minus scale
    scale      INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    pipeline   TEXT NOT NULL,
    number     INTEGER NOT NULL,  -- of the write
    position   INTEGER NOT NULL,  -- of the intake in the write
    sequence   INTEGER,           -- rising in the order in which movements were settled; null while it is open
    void       INTEGER NOT NULL DEFAULT 0, -- 1 where it was settled as never made
    settled_at INTEGER,
    version    INTEGER            -- the remote's version as the answer to the write told it
);
CREATE UNIQUE INDEX effect_cause ON effect (cause, counter) WHERE void = 0;
-- Two, so that what is open, which is little and changes much, has few pages to itself.
CREATE INDEX effect_open ON effect (counter) WHERE sequence IS NULL;
CREATE INDEX effect_settled ON effect (counter, sequence) WHERE sequence IS NOT NULL;

-- How far the ledger has come.
CREATE TABLE settled (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL,    -- of the movement that was settled last
    at       INTEGER              -- the latest time at which one was
);
INSERT INTO settled (one, sequence) VALUES (1, 0);

-- Which counter at one of a rule's two inputs is which at the other. Rows are never deleted.
CREATE TABLE link (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline  TEXT NOT NULL,
    stage     TEXT NOT NULL,      -- id of the transform
    left      TEXT NOT NULL,      -- the counter at the first input
    right     TEXT NOT NULL,      -- the counter at the second
    label     TEXT NOT NULL,      -- what people call the pair: its SKU
    made_at   INTEGER NOT NULL,   -- when a person accepted the pair
    levels_at INTEGER,            -- when a person accepted its first levels
    ended_at  INTEGER             -- when a person took it back
);
CREATE UNIQUE INDEX link_left ON link (pipeline, stage, left) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX link_right ON link (pipeline, stage, right) WHERE ended_at IS NULL;

CREATE TABLE note (
    id       INTEGER PRIMARY KEY,
    pipeline TEXT NOT NULL,
    key      TEXT NOT NULL,       -- of the entry it is about; empty where it is about none
    stage    TEXT NOT NULL,
    text     TEXT NOT NULL,
    at       INTEGER NOT NULL
);
CREATE INDEX note_key ON note (key);

-- How often each pipeline has sent something that moves stock. A copy that was sent less often is an older one.
CREATE TABLE moved (
    pipeline TEXT PRIMARY KEY,
    sendings INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease (
    name   TEXT PRIMARY KEY,      -- what may be written under it: a destination, or a pipeline's memory
    holder TEXT NOT NULL,         -- the process that has it
    fence  INTEGER NOT NULL,      -- rises with every new holder
    until  INTEGER NOT NULL       -- 0 once it was given back
) WITHOUT ROWID;
