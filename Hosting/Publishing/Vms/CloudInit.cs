using System.Globalization;
using System.IO.Compression;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Writes a machine's cloud-init files: they bring the installer onto the machine and run it at the first boot.</summary>
internal static class CloudInit
{
    /// <summary>The folder on the machine that the installer is in.</summary>
    public const string InstallerDirectory = "/var/lib/hapg/installer";

    // Azure takes 65,535 bytes of user data. Two or three scripts make most of it, and can be read in the repository; all else stays readable here.
    private const int LargestPlainFile = 8 * 1024;
    private const int PackedLine = 120;

    /// <summary>The user data.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="installer">The installer's files.</param>
    /// <param name="secrets">The passwords, for a data node; null when they reach the machine in another way.</param>
    /// <param name="prepare">Commands that run before the installer, each a list of arguments.</param>
    public static string UserData(
        VmMachine machine,
        IReadOnlyList<(string Name, string Content, bool Executable)> installer,
        string? secrets,
        IReadOnlyList<IReadOnlyList<string>> prepare)
    {
        var files = new YamlSequenceNode();
        foreach ((string name, string content, bool executable) in installer)
        {
            files.Add(File($"{InstallerDirectory}/{name}", content, executable ? "0700" : "0600"));
        }

        if (secrets is not null)
        {
            files.Add(File($"{InstallerDirectory}/{VmSecrets.FileName}", secrets, "0600"));
        }

        var root = new YamlMappingNode { { "hostname", machine.Name }, { "preserve_hostname", Plain("false") } };
        if (machine.DataDisk is { } disk)
        {
            // Never over a file system that is there: a machine that is replaced gets its predecessor's disk.
            root.Add("fs_setup", new YamlSequenceNode((YamlNode)new YamlMappingNode
            {
                { "label", "postgresql" },
                { "filesystem", "ext4" },
                { "device", disk },
                { "overwrite", Plain("false") },
            }));
            root.Add("mounts", new YamlSequenceNode((YamlNode)Sequence(disk, "/var/lib/postgresql", "ext4", "defaults,noatime,nofail,x-systemd.device-timeout=60s", "0", "2")));
        }

        var commands = new YamlSequenceNode();
        foreach (IReadOnlyList<string> command in prepare)
        {
            commands.Add(Sequence([.. command]));
        }

        commands.Add(Sequence("bash", $"{InstallerDirectory}/install.sh", "--wait", "900"));
        root.Add("runcmd", commands);
        // At the end, where deploy.sh adds certificates.
        root.Add("write_files", files);
        return "#cloud-config\n"
            + $"# First boot of {machine.Name}: brings the installer and runs it. Its output is in /var/log/cloud-init-output.log.\n"
            + Serialize(root);
    }

    /// <summary>The metadata that a NoCloud seed needs beside the user data.</summary>
    public static string MetaData(VmCluster cluster, VmMachine machine) =>
        string.Create(CultureInfo.InvariantCulture, $"instance-id: {cluster.Scope}-{machine.Name}\nlocal-hostname: {machine.Name}\n");

    private static YamlMappingNode File(string path, string content, string mode)
    {
        var file = new YamlMappingNode { { "path", path }, { "permissions", new YamlScalarNode(mode) { Style = ScalarStyle.SingleQuoted } } };
        bool packed = content.Length > LargestPlainFile;
        if (packed)
        {
            file.Add("encoding", "gz+b64");
        }

        file.Add("content", new YamlScalarNode(packed ? Pack(content) : content) { Style = ScalarStyle.Literal });
        return file;
    }

    private static string Pack(string content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(content));
        }

        return string.Concat(Convert.ToBase64String(packed.ToArray()).Chunk(PackedLine).Select(line => $"{new string(line)}\n"));
    }

    private static YamlScalarNode Plain(string text) => new(text) { Style = ScalarStyle.Plain };

    private static YamlSequenceNode Sequence(params string[] values)
    {
        bool lines = values.Any(value => value.Contains('\n', StringComparison.Ordinal));
        return new YamlSequenceNode(values.Select(YamlNode (value) => new YamlScalarNode(value)
        {
            Style = value.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal : ScalarStyle.SingleQuoted,
        }))
        {
            Style = lines ? SequenceStyle.Block : SequenceStyle.Flow,
        };
    }

    private static string Serialize(YamlNode root)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        new YamlStream(new YamlDocument(root)).Save(emitter, assignAnchors: false);
        string text = writer.ToString();
        // The end-of-document mark.
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }
}
