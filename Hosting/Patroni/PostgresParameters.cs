using System.Globalization;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting;

/// <summary>The PostgreSQL parameters of a cluster, the same on every member.</summary>
public static class PostgresParameters
{
    // Patroni writes these itself (postgresql/config.py, CMDLINE_OPTIONS and the ones it derives) or they would undo what the cluster relies on.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "listen_addresses", "port", "cluster_name", "hot_standby", "wal_level", "synchronous_standby_names", "primary_conninfo", "primary_slot_name",
        "recovery_target_timeline", "restore_command", "hba_file", "ident_file", "data_directory", "config_file", "external_pid_file",
        "unix_socket_directories", "unix_socket_permissions", "password_encryption", "wal_log_hints", "fsync", "full_page_writes",
        "max_connections", "wal_sender_timeout", "wal_receiver_timeout", "wal_receiver_status_interval", "wal_retrieve_retry_interval", "max_slot_wal_keep_size",
    };

    /// <summary>Whether a parameter is decided by Patroni or by another option.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <returns>True when it cannot be set through <see cref="PostgresOptions.Parameters"/>.</returns>
    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>Whether a parameter is decided by <see cref="ClusterOptions.Tls"/> when that is on.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <returns>True for those that <see cref="ForTls"/> sets.</returns>
    public static bool IsOfTls(string name) => ForTls(string.Empty).Keys.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The parameters of one member with <see cref="ClusterOptions.Tls"/>.</summary>
    /// <param name="certificateDirectory">The folder with the member's certificates.</param>
    /// <returns>Names and values.</returns>
    public static IReadOnlyDictionary<string, object> ForTls(string certificateDirectory) => new SortedDictionary<string, object>(StringComparer.Ordinal)
    {
        ["ssl"] = "on",
        ["ssl_ca_file"] = $"{certificateDirectory}/{CertificateFiles.Authority}",
        ["ssl_cert_file"] = $"{certificateDirectory}/{CertificateFiles.Server}",
        ["ssl_key_file"] = $"{certificateDirectory}/{CertificateFiles.Server}",
        ["ssl_min_protocol_version"] = "TLSv1.3",
    };

    /// <summary>The parameters that the options ask for, sorted by name.</summary>
    /// <param name="options">The settings of PostgreSQL.</param>
    /// <returns>Names and values; numbers as numbers, all else as text.</returns>
    public static IReadOnlyDictionary<string, object> For(PostgresOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var parameters = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["max_connections"] = options.MaxConnections,
            ["max_replication_slots"] = 16,
            ["max_slot_wal_keep_size"] = FormattableString.Invariant($"{options.MaxSlotWalKeepSizeMb}MB"),
            ["max_wal_senders"] = 16,
            ["password_encryption"] = "scram-sha-256",
            ["wal_level"] = "replica",
            ["wal_log_hints"] = "on",
            ["wal_receiver_status_interval"] = FormattableString.Invariant($"{options.ReplicationStatusInterval}s"),
            ["wal_receiver_timeout"] = FormattableString.Invariant($"{options.ReplicationTimeout}s"),
            ["wal_retrieve_retry_interval"] = FormattableString.Invariant($"{options.ReplicationRetryIntervalMs}ms"),
            ["wal_sender_timeout"] = FormattableString.Invariant($"{options.ReplicationTimeout}s"),
        };
        foreach ((string name, string value) in options.Parameters)
        {
            parameters[name] = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : value;
        }

        return parameters;
    }
}
