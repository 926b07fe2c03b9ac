using System.Globalization;

namespace HaPgAspire.Hosting;

/// <summary>Volumes that are full, and data that is lost, corrupt or diverged.</summary>
internal static class StorageFaults
{
    private const string Data = "/var/lib/postgresql/data";

    private const int SlotLimitMb = 64;

    private static readonly IReadOnlyList<string> SmallSlots =
        [$"--{ClusterOptions.SectionName}:{nameof(ClusterOptions.Postgres)}:{nameof(PostgresOptions.MaxSlotWalKeepSizeMb)}={SlotLimitMb}"];

    public static IReadOnlyList<FaultCase> Cases { get; } =
    [
        new("replica-data-lost", FaultFamily.Storage, "a replica's data directory is deleted under it", ReplicaDataLostAsync) { Leader = LeaderFate.Stays },
        new("replica-data-corrupted", FaultFamily.Storage, "a replica's control file is overwritten, then it crashes", ReplicaDataCorruptedAsync) { Leader = LeaderFate.Stays },
        new("leader-diverged", FaultFamily.Storage, "a leader dies with a commit that nobody else has; it is rewound", LeaderDivergedAsync),
        new("slot-bounded", FaultFamily.Storage, "a replica is dead while more WAL is written than its slot may keep", SlotBoundedAsync) { Leader = LeaderFate.Stays, Arguments = SmallSlots },
        new("volume-full", FaultFamily.Storage, "the leader's data volume is full: nobody can write until there is room again", VolumeFullAsync) { Leader = LeaderFate.Either, VolumeSizeMb = 512 },
    ];

    private static async Task ReplicaDataLostAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource replica = scene.Synchronous;
        scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        string id = await scene.Stage.Containers.IdAsync(replica, cancellationToken);
        string before = await MadeAsync(scene, id, cancellationToken);

        // The server goes first: what it still writes would make the directory anew.
        await scene.Stage.Containers.ExecuteAsync(id, $"kill -9 \"$(head -1 {Data}/postmaster.pid)\"; rm -rf {Data}; [ ! -e {Data}/PG_VERSION ]", cancellationToken);
        scene.Prove($"the data directory of {replica.Name} was gone");
        await ProveRebuiltAsync(scene, replica, before, cancellationToken);
    }

    private static async Task ReplicaDataCorruptedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource replica = scene.Synchronous;
        scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        string id = await scene.Stage.Containers.IdAsync(replica, cancellationToken);
        string before = await MadeAsync(scene, id, cancellationToken);
        string answer = await scene.Stage.Containers.ExecuteAsync(
            id,
            $"kill -9 \"$(head -1 {Data}/postmaster.pid)\"; head -c 8192 /dev/urandom > {Data}/global/pg_control; pg_controldata {Data} 2>&1 | head -3 || true",
            cancellationToken);
        scene.Prove(
            answer.Contains("CRC", StringComparison.Ordinal) || answer.Contains("invalid", StringComparison.OrdinalIgnoreCase) || answer.Contains("WARNING", StringComparison.Ordinal),
            $"the control file of {replica.Name} is unreadable: {answer.ReplaceLineEndings(" ").Trim()}");
        await ProveRebuiltAsync(scene, replica, before, cancellationToken);
    }

    private static async Task LeaderDivergedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource leader = scene.Leader;
        scene.Expect("a change of the leader", record => scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);

        // With its senders stopped, a commit that waits for nobody stays where it is.
        await scene.FreezeAsync(leader, process => process.Command.Contains("walsender", StringComparison.Ordinal), cancellationToken);
        string position = (await scene.Stage.Containers.ExecuteAsync(
            id,
            $"{FaultContainers.Psql} -c \"SET synchronous_commit TO local\" -c \"CREATE TABLE hapg_fault_diverged AS SELECT generate_series(1, 10000) AS id\" -c \"SELECT pg_current_wal_lsn()\"",
            cancellationToken)).Trim();
        await scene.KillAsync(leader, cancellationToken);
        PatroniNodeResource now = await scene.AwaitNewLeaderAsync(cancellationToken);
        string fork = (await scene.Stage.Containers.ExecuteAsync(
            await scene.Stage.Containers.IdAsync(now, cancellationToken),
            string.Create(CultureInfo.InvariantCulture, $"{FaultContainers.Psql} -c \"SELECT count(*) FROM pg_class WHERE relname = 'hapg_fault_diverged'\""),
            cancellationToken)).Trim();
        scene.Prove(fork == "0", $"{leader.Name} had written up to {position}, and its successor {now.Name} has not got the last of it");
        await scene.BringBackAsync(leader, cancellationToken);
        await scene.Stage.AwaitWholeAsync(scene.Stage.RecoveryLimit, cancellationToken);
        string left = (await scene.Stage.Containers.ExecuteAsync(
            await scene.Stage.Containers.IdAsync(leader, cancellationToken),
            $"{FaultContainers.Psql} -c \"SELECT count(*) FROM pg_class WHERE relname = 'hapg_fault_diverged'\"",
            cancellationToken)).Trim();
        if (left != "0")
        {
            scene.Violate($"{leader.Name} streams and still holds what its successor never had");
        }
    }

    private static async Task SlotBoundedAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        PatroniNodeResource replica = scene.Synchronous;
        scene.Expect($"{replica.Name} is down", record => record.ShowedDown(replica.Name));
        await scene.KillAsync(replica, cancellationToken);
        string id = await scene.Stage.Containers.IdAsync(scene.Leader, cancellationToken);
        string slot = replica.Name.Replace('-', '_');

        // A switch of the WAL file takes a whole file without that much having to be written.
        long size = await MegabytesAsync("wal_segment_size"), files = Math.Max(3, 3 * SlotLimitMb / size);
        string status = (await scene.Stage.Containers.ExecuteAsync(
            id,
            $"""
            for i in $(seq {files}); do {FaultContainers.Psql} -c "SELECT pg_logical_emit_message(false, 'faults', 'x'), pg_switch_wal()" >/dev/null; done
            {FaultContainers.Psql} -c 'CHECKPOINT' -c "SELECT coalesce(max(wal_status), 'gone') FROM pg_replication_slots WHERE slot_name = '{slot}'"
            """,
            cancellationToken)).Trim();
        scene.Prove(status is "lost" or "unreserved" or "gone", $"{files * size} MB of WAL were written while {replica.Name} was dead; its slot is {status}");
        long kept = long.Parse((await scene.Stage.Containers.ExecuteAsync(id, $"du -sm {Data}/pg_wal | cut -f1", cancellationToken)).Trim(), CultureInfo.InvariantCulture);
        scene.Note($"the leader keeps {kept} MB of WAL");
        long bound = SlotLimitMb + await MegabytesAsync("max_wal_size") + 64;
        if (kept > bound)
        {
            scene.Violate($"the leader keeps {kept} MB of WAL, more than the {bound} MB that its slots and checkpoints may");
        }

        async Task<long> MegabytesAsync(string setting) => long.Parse(
            await scene.Stage.Containers.ExecuteAsync(id, $"{FaultContainers.Psql} -c \"SELECT pg_size_bytes(current_setting('{setting}')) / 1048576\"", cancellationToken),
            CultureInfo.InvariantCulture);
    }

    private static async Task VolumeFullAsync(FaultScene scene, CancellationToken cancellationToken)
    {
        const string Filler = "/var/lib/postgresql/filler";
        PatroniNodeResource leader = scene.Leader;
        bool seen = false;
        scene.Expect("an outage of writes, or another leader", record => seen || scene.Replicas.Any(one => record.ShowedLeading(one.Name)));
        string id = await scene.Stage.Containers.IdAsync(leader, cancellationToken);
        string size = (await scene.Stage.Containers.ExecuteAsync(id, "df --output=size -m /var/lib/postgresql | tail -1", cancellationToken)).Trim();
        if (long.Parse(size, CultureInfo.InvariantCulture) > scene.Stage.VolumeLimitMb)
        {
            throw new FaultNotPossibleException($"the data volume of {leader.Name} is {size} MB large: this engine makes no volume of a limited size");
        }

        scene.Afterwards("make room on the volume", async token =>
        {
            if (await scene.Stage.Containers.StateAsync(id, token) is { IsRunning: true })
            {
                await scene.Stage.Containers.ExecuteAsync(id, $"rm -f {Filler}", token);
            }
        });
        string answer = await scene.Stage.Containers.ExecuteAsync(id, $"dd if=/dev/zero of={Filler} bs=64k 2>&1 | head -1 || true", cancellationToken);
        scene.Prove(answer.Contains("No space left on device", StringComparison.Ordinal), $"the volume of {leader.Name} ({size} MB) is full: {answer.Trim()}");

        // A table that has to grow cannot; the server itself stays up, unless it is WAL that finds no room.
        await scene.Stage.AwaitNoWritesAsync(scene.Stage.RecoveryLimit, cancellationToken);
        seen = true;
        scene.Note(await scene.CurrentLeaderAsync(cancellationToken) is { } now ? $"{now.Name} leads" : "nobody led for the moment");
        await FaultScene.LastAsync(TimeSpan.FromSeconds(5), cancellationToken);
    }

    // The first file of a data directory, by number and time: another one means another directory.
    private static async Task<string> MadeAsync(FaultScene scene, string id, CancellationToken cancellationToken) =>
        (await scene.Stage.Containers.ExecuteAsync(id, $"stat --format '%i %Y' {Data}/PG_VERSION 2>/dev/null || true", cancellationToken)).Trim();

    private static async Task ProveRebuiltAsync(FaultScene scene, PatroniNodeResource replica, string before, CancellationToken cancellationToken)
    {
        await scene.Stage.AwaitAsync(
            $"{replica.Name} to stream again",
            view => view.Find(replica.Name) is { State: MemberView.Streaming } member && member.Timeline == view.Leader?.Timeline,
            scene.Stage.RecoveryLimit,
            cancellationToken);
        string after = await MadeAsync(scene, await scene.Stage.Containers.IdAsync(replica, cancellationToken), cancellationToken);
        scene.Note(after == before ? $"{replica.Name} went on with the data that it had" : $"{replica.Name} was copied anew by itself");
    }
}
