using System.Globalization;
using System.Net;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>
/// What <c>make-certificates.sh</c> makes where a target is deployed: certificates are part of a deployment, not of what is published, and the authority's key
/// never leaves whoever deploys.
/// </summary>
/// <param name="authority">The name of the authority.</param>
/// <param name="options">How long certificates are valid.</param>
internal sealed class CertificateList(string authority, CertificateOptions options)
{
    /// <summary>The name of the script.</summary>
    public const string ScriptName = "make-certificates.sh";

    /// <summary>The name of the list, which lies beside the script.</summary>
    public const string ListName = "certificates.list";

    /// <summary>The folder beside the script that the certificates go to.</summary>
    public const string Folder = "certificates";

    private readonly SortedDictionary<string, string> _lines = new(StringComparer.Ordinal);

    /// <summary>The script.</summary>
    public static string Script => VmTemplates.Read(ScriptName);

    /// <summary>Adds the certificate folder of a component.</summary>
    /// <param name="folder">The component's folder, below that of the certificates.</param>
    /// <param name="subjects">The names of the files, and whom they are for.</param>
    /// <param name="owner">The number of the user and the group that the files belong to; null for whoever runs the script.</param>
    public void Add(string folder, IReadOnlyList<(string File, CertificateSubject Subject)> subjects, int? owner = null)
    {
        foreach ((string file, CertificateSubject subject) in subjects)
        {
            string path = $"{folder}/{file}";
            _lines[path] = string.Create(
                CultureInfo.InvariantCulture, $"{path};{owner};{options.Days};{Usages(subject)};{string.Join(',', subject.Names.Select(Name))};{(subject.Connects ? "OU" : "CN")}={subject.Name}");
        }
    }

    /// <summary>Writes the list.</summary>
    public string Write() =>
        "# file; owner; days; usages; names; subject\n"
        + string.Create(CultureInfo.InvariantCulture, $"{CertificateFiles.Authority};;{options.AuthorityDays};;;CN={authority} authority\n")
        + string.Concat(_lines.Values.Select(line => line + "\n"));

    private static string Usages(CertificateSubject subject) => string.Join(',', new[] { subject.Serves ? "serverAuth" : "", subject.Connects ? "clientAuth" : "" }.Where(usage => usage.Length > 0));

    private static string Name(string name) => IPAddress.TryParse(name, out _) ? $"IP:{name}" : $"DNS:{name}";
}
