namespace HaPgAspire.Probe.Routes;

/// <summary>The table that the probe writes to, and the statements on it.</summary>
internal static class WriteTable
{
    /// <summary>
    /// Makes the table. It has no unique constraint on purpose: one would keep out the duplicates that are to be counted.
    /// </summary>
    public const string Create = """
        CREATE TABLE IF NOT EXISTS hapg_probe_write (
            ledger uuid NOT NULL, route smallint NOT NULL, id bigint NOT NULL, written_at timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE INDEX IF NOT EXISTS hapg_probe_write_id ON hapg_probe_write (ledger, route, id)
        """;

    /// <summary>The server by its own account, address and port.</summary>
    public const string Server = "coalesce(host(inet_server_addr()), 'local') || ':' || coalesce(inet_server_port(), 0)";

    /// <summary>The timeline that a primary writes on, out of the name of its current WAL file.</summary>
    public const string Timeline = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";

    /// <summary>Writes one row; parameters ledger, route, id.</summary>
    public const string Insert =
        $"INSERT INTO hapg_probe_write (ledger, route, id) VALUES ($1, $2, $3) RETURNING {Server}, {Timeline}";

    /// <summary>The highest id; parameters ledger, route.</summary>
    public const string Highest =
        $"SELECT coalesce(max(id), 0), {Server} FROM hapg_probe_write WHERE ledger = $1 AND route = $2";

    /// <summary>
    /// The ids as ranges without holes, with the number of rows in each; parameters ledger, route, first id, last id. The difference
    /// between an id and its rank is the same for all ids of a range.
    /// </summary>
    public const string Ranges = """
        SELECT min(id), max(id), sum(copies)::bigint
        FROM (SELECT id, copies, id - row_number() OVER (ORDER BY id) AS island
              FROM (SELECT id, count(*) AS copies FROM hapg_probe_write
                    WHERE ledger = $1 AND route = $2 AND id BETWEEN $3 AND $4 GROUP BY id) AS held) AS numbered
        GROUP BY island ORDER BY 1
        """;

    /// <summary>Ids that are there more than once; parameters ledger, route, first id, last id.</summary>
    public const string Duplicates = """
        SELECT id FROM hapg_probe_write WHERE ledger = $1 AND route = $2 AND id BETWEEN $3 AND $4
        GROUP BY id HAVING count(*) > 1 ORDER BY id
        """;

    /// <summary>Deletes some of the rows below an id; parameters ledger, route, id, how many at most.</summary>
    public const string Delete = """
        DELETE FROM hapg_probe_write WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM hapg_probe_write WHERE ledger = $1 AND route = $2 AND id < $3 ORDER BY id LIMIT $4))
        """;
}
