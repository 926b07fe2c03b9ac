namespace HaPgAspire.Hosting;

/// <summary>What a node that does not answer from outside is found to be from inside.</summary>
internal enum NodeCondition
{
    /// <summary>It runs and reaches etcd, or nobody can tell: what does not answer in time waits for its turn.</summary>
    Busy,

    /// <summary>The engine has frozen the container.</summary>
    Frozen,

    /// <summary>Patroni or PostgreSQL does nothing at all, though something is asked of it.</summary>
    Still,

    /// <summary>Both run, and no etcd member can be reached.</summary>
    Alone,
}
