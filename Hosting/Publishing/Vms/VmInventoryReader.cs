using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Reads an inventory from YAML. Every fault is reported with its line and column.</summary>
public static class VmInventoryReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The inventory, valid.</returns>
    /// <exception cref="ClusterException">The file cannot be read, or something in it is wrong; the message names each fault.</exception>
    public static async Task<VmInventory> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"The inventory {path} cannot be read ({exception.Message.TrimEnd('.')}): check the path in Publish:Inventory.", exception);
        }

        return Read(text, Path.GetFileName(path));
    }

    /// <summary>Reads a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What to call it in messages: a file name.</param>
    /// <returns>The inventory, valid.</returns>
    /// <exception cref="ClusterException">Something is wrong; the message names each fault.</exception>
    public static VmInventory Read(string yaml, string source)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(source);
        var document = new Document(source);
        YamlNode? root = document.Parse(yaml);
        VmInventory inventory = document.Inventory(root);
        if (document.Errors.Count == 0)
        {
            foreach (VmInventoryError error in VmInventoryValidation.Validate(inventory))
            {
                document.Report(error);
            }
        }

        return document.Errors.Count == 0
            ? inventory
            : throw new ClusterException(string.Join("; ", document.Errors.OrderBy(error => error.Place.Line).ThenBy(error => error.Place.Column).Select(error => error.Text)) + ".");
    }

    private sealed class Document(string source)
    {
        // Where each value stands, by its path, so that the rules need not know about text.
        private readonly Dictionary<string, Mark> _places = new(StringComparer.Ordinal);

        public List<(Mark Place, string Text)> Errors { get; } = [];

        public YamlNode? Parse(string yaml)
        {
            try
            {
                var stream = new YamlStream();
                using var reader = new StringReader(yaml);
                stream.Load(reader);
                return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
            }
            catch (YamlException exception)
            {
                Report(exception.Start, exception.Message.TrimEnd('.'));
                return null;
            }
            catch (InvalidOperationException)
            {
                // The parser's answer to some texts that end too early; it does not say where.
                Report(new Mark(0, 1, 1), "this is not YAML: is a bracket or a quote not closed?");
                return null;
            }
        }

        public void Report(VmInventoryError error)
        {
            // The nearest place that is in the text: a missing key is reported at the machine.
            string path = error.Path;
            while (!_places.ContainsKey(path) && path.LastIndexOfAny(['.', '[']) is > 0 and int end)
            {
                path = path[..end];
            }

            Report(_places.GetValueOrDefault(path, new Mark(0, 1, 1)), error.Message);
        }

        public VmInventory Inventory(YamlNode? root)
        {
            var inventory = new VmInventory { Machines = [] };
            if (root is not YamlMappingNode mapping)
            {
                if (Errors.Count == 0)
                {
                    Report(root?.Start ?? new Mark(0, 1, 1), "an inventory is a list of settings and has the key 'machines'");
                }

                return inventory;
            }

            var entries = new Entries(this, mapping, "", "os", "postgres", "packages", "clients", "monitors", "virtualAddress", "machines");
            VmOperatingSystem system = entries.Choice("os", inventory.System, ("ubuntu-24.04", VmOperatingSystem.Ubuntu2404), ("debian-13", VmOperatingSystem.Debian13));
            VmPackageSource packages = entries.Choice("packages", inventory.Packages, ("pgdg", VmPackageSource.Pgdg), ("distribution", VmPackageSource.Distribution));
            return inventory with
            {
                System = system,
                Packages = packages,
                PostgresVersion = entries.Number("postgres", inventory.PostgresVersion),
                Clients = entries.Texts("clients") is { } clients ? clients : inventory.Clients,
                Monitors = entries.Texts("monitors") is { } monitors ? monitors : inventory.Monitors,
                VirtualAddress = entries.Text("virtualAddress"),
                Machines = Machines(entries.Node("machines"), mapping),
            };
        }

        public void Place(string path, YamlNode node) => _places[path] = node.Start;

        public void Report(Mark mark, string message) =>
            Errors.Add((mark, string.Create(CultureInfo.InvariantCulture, $"{source}({mark.Line},{mark.Column}): {message}")));

        private List<VmMachine> Machines(YamlNode? node, YamlMappingNode root)
        {
            if (node is not YamlSequenceNode sequence)
            {
                Report(node?.Start ?? root.Start, "'machines' is missing or not a list: write one '- name: …' for each machine");
                return [];
            }

            var machines = new List<VmMachine>();
            for (int index = 0; index < sequence.Children.Count; index++)
            {
                string path = string.Create(CultureInfo.InvariantCulture, $"machines[{index}]");
                YamlNode child = sequence.Children[index];
                Place(path, child);
                if (child is not YamlMappingNode mapping)
                {
                    Report(child.Start, "a machine is written as '- name: …', 'address: …', 'roles: …'");
                    continue;
                }

                var entries = new Entries(this, mapping, path + ".", "name", "address", "roles", "dataDisk");
                string? name = entries.Text("name");
                string? address = entries.Text("address");
                IReadOnlyList<VmRole>? roles = entries.Choices("roles", ("data", VmRole.Data), ("etcd", VmRole.Etcd), ("haproxy", VmRole.HAProxy));
                foreach ((string key, bool present) in new[] { ("name", name is not null), ("address", address is not null), ("roles", roles is not null) })
                {
                    if (!present && !entries.Has(key))
                    {
                        Report(mapping.Start, $"the machine{(name is null ? "" : $" '{name}'")} has no '{key}'");
                    }
                }

                machines.Add(new VmMachine { Name = name ?? "", Address = address ?? "", Roles = roles is null ? [] : roles, DataDisk = entries.Text("dataDisk") });
            }

            return machines;
        }
    }

    private sealed class Entries
    {
        private readonly Document _document;
        private readonly string _prefix;
        private readonly Dictionary<string, YamlNode> _nodes = new(StringComparer.Ordinal);

        public Entries(Document document, YamlMappingNode mapping, string prefix, params string[] known)
        {
            _document = document;
            _prefix = prefix;
            foreach ((YamlNode key, YamlNode value) in mapping.Children)
            {
                string name = (key as YamlScalarNode)?.Value ?? "";
                if (!known.Contains(name, StringComparer.Ordinal))
                {
                    document.Report(key.Start, $"unknown key '{name}' (known here: {string.Join(", ", known)})");
                    continue;
                }

                _nodes[name] = value;
                document.Place(prefix + name, value);
            }
        }

        public bool Has(string key) => _nodes.ContainsKey(key);

        public YamlNode? Node(string key) => _nodes.GetValueOrDefault(key);

        public string? Text(string key) => Node(key) is { } node ? Text(node, $"'{key}' needs one value") : null;

        public int Number(string key, int start)
        {
            if (Text(key) is not { } text)
            {
                return start;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return number;
            }

            _document.Report(_nodes[key].Start, $"'{key}' is '{text}' and must be a whole number");
            return start;
        }

        public T Choice<T>(string key, T start, params (string Name, T Value)[] choices) =>
            Text(key) is { } text ? Choose(key, _nodes[key], text, start, choices) : start;

        public List<T>? Choices<T>(string key, params (string Name, T Value)[] choices)
        {
            if (Node(key) is not { } node)
            {
                return null;
            }

            // One role may be written without brackets.
            IList<YamlNode> items = node is YamlSequenceNode sequence ? sequence.Children : [node];
            var values = new List<T>();
            foreach (YamlNode item in items)
            {
                if (Text(item, $"'{key}' takes names") is { } text)
                {
                    values.Add(Choose(key, item, text, default!, choices));
                }
            }

            return values;
        }

        public List<string>? Texts(string key)
        {
            if (Node(key) is not { } node)
            {
                return null;
            }

            if (node is not YamlSequenceNode sequence)
            {
                _document.Report(node.Start, $"'{key}' is a list: write it as [10.0.0.0/24]");
                return null;
            }

            var values = new List<string>();
            for (int index = 0; index < sequence.Children.Count; index++)
            {
                YamlNode item = sequence.Children[index];
                _document.Place(string.Create(CultureInfo.InvariantCulture, $"{_prefix}{key}[{index}]"), item);
                values.Add(Text(item, $"'{key}' takes addresses") ?? "");
            }

            return values;
        }

        private string? Text(YamlNode node, string complaint)
        {
            if (node is YamlScalarNode { Value.Length: > 0 } scalar)
            {
                return scalar.Value;
            }

            _document.Report(node.Start, complaint);
            return null;
        }

        private T Choose<T>(string key, YamlNode node, string text, T start, (string Name, T Value)[] choices)
        {
            foreach ((string name, T value) in choices)
            {
                if (string.Equals(name, text, StringComparison.Ordinal))
                {
                    return value;
                }
            }

            _document.Report(node.Start, $"'{key}' is '{text}' and must be one of {string.Join(", ", choices.Select(choice => choice.Name))}");
            return start;
        }
    }
}
