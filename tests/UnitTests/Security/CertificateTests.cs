using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.UnitTests.Security;

public sealed class CertificateTests
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly ClusterOptions Options = new() { Tls = true, Certificates = new() { Days = 30, Names = ["db.example.org", "10.1.2.3", "fd00::7"] } };
    private static readonly PatroniMember Node = new() { Name = "data-node1", Host = "10.0.0.5" };

    [Fact]
    public void The_authority_signs_and_does_nothing_else()
    {
        using var authority = CertificateAuthority.Create("postgres", 100);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(authority.CertificatePem);
        Assert.False(certificate.HasPrivateKey);
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        X509BasicConstraintsExtension basic = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(basic is { CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0, Critical: true });
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.InRange(certificate.NotAfter - DateTime.Now, TimeSpan.FromDays(99.9), TimeSpan.FromDays(100.1));
    }

    [Fact]
    public void A_kept_authority_signs_as_the_first_one_did()
    {
        using var first = CertificateAuthority.Create("postgres", 100);
        using var read = CertificateAuthority.Load(first.ToPem());
        Assert.Equal(first.CertificatePem, read.CertificatePem);
        Assert.True(IsTrusted(first, read.Issue(CertificateSubjects.Node(Options, Node, []), 30)));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    public void What_is_no_authority_is_refused_with_the_remedy(string pem) =>
        Assert.Contains("user secrets", Assert.Throws<ClusterException>(() => CertificateAuthority.Load(pem)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_expired_authority_is_refused()
    {
        using var authority = CertificateAuthority.Create("postgres", 1, new SetTime(DateTimeOffset.UtcNow.AddDays(-2)));
        Assert.Contains("expired", Assert.Throws<ClusterException>(() => CertificateAuthority.Load(authority.ToPem())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_ends_after_its_days_and_never_after_its_authority()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        Assert.InRange(Read(authority.Issue(CertificateSubjects.Observer, 3)).NotAfter - DateTime.Now, TimeSpan.FromDays(2.9), TimeSpan.FromDays(3.1));
        Assert.Equal(authority.NotAfter.LocalDateTime, Read(authority.Issue(CertificateSubjects.Observer, 365)).NotAfter);
    }

    [Fact]
    public void Every_certificate_has_a_key_and_a_serial_number_of_its_own()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        X509Certificate2[] certificates = [.. Enumerable.Range(0, 20).Select(_ => Read(authority.Issue(CertificateSubjects.Observer, 3)))];
        Assert.Equal(20, certificates.Select(certificate => certificate.SerialNumber).Distinct().Count());
        Assert.Equal(20, certificates.Select(certificate => certificate.GetPublicKeyString()).Distinct().Count());
        Assert.All(certificates, certificate => Assert.Equal(32, certificate.SerialNumber.Length));
    }

    [Fact]
    public void A_node_serves_under_its_own_names_and_those_of_the_front_door()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        X509Certificate2 certificate = Read(authority.Issue(CertificateSubjects.Node(Options, Node, ["haproxy"]), 3));
        X509SubjectAlternativeNameExtension names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["data-node1", "data-node1.dev.internal", "db.example.org", "haproxy", "haproxy.dev.internal", "localhost"], names.EnumerateDnsNames().Order(StringComparer.Ordinal));
        Assert.Equal(["10.0.0.5", "10.1.2.3", "127.0.0.1", "fd00::7"], names.EnumerateIPAddresses().Select(address => address.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal([ServerAuth], Usages(certificate));
        Assert.Equal("CN=data-node1", certificate.Subject);
    }

    [Fact]
    public void Who_connects_to_etcd_has_no_common_name_which_its_gateway_would_refuse()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        var member = new EtcdMember { Name = "root", Host = "root" };
        foreach (CertificateSubject subject in (CertificateSubject[])[CertificateSubjects.Observer, CertificateSubjects.EtcdClient("patroni-postgres"), CertificateSubjects.Etcd(Options, member)])
        {
            X509Certificate2 certificate = Read(authority.Issue(subject, 3));
            Assert.Equal($"OU={subject.Name}", certificate.Subject);
            Assert.Contains(ClientAuth, Usages(certificate));
        }

        Assert.Equal([ServerAuth, ClientAuth], Usages(Read(authority.Issue(CertificateSubjects.Etcd(Options, member), 3))));
        Assert.Equal([ServerAuth], Usages(Read(authority.Issue(CertificateSubjects.HAProxy(Options, ["haproxy"]), 3))));
    }

    [Fact]
    public void Only_the_deployment_s_own_authority_is_trusted()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        using var other = CertificateAuthority.Create("postgres", 10);
        IssuedCertificate issued = authority.Issue(CertificateSubjects.Node(Options, Node, []), 3);
        Assert.True(IsTrusted(authority, issued));
        Assert.False(IsTrusted(other, issued));
    }

    [Fact]
    public void A_key_is_its_owner_s_alone_and_the_authority_s_key_is_nowhere()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        string key = authority.ToPem()[authority.CertificatePem.Length..].Trim();
        (IReadOnlyList<CertificateFile> Files, string[] Names)[] folders =
        [
            (CertificateFiles.ForNode(authority, Options, Node, [], "patroni-postgres"), ["ca.crt", "server.pem", "client.pem"]),
            (CertificateFiles.ForEtcd(authority, Options, new EtcdMember { Name = "etcd", Host = "etcd" }), ["ca.crt", "server.pem"]),
            (CertificateFiles.ForHAProxy(authority, Options, ["haproxy"]), ["ca.crt", "server.pem"]),
            (CertificateFiles.ForObserver(authority, Options), ["ca.crt", "client.pem"]),
        ];
        foreach ((IReadOnlyList<CertificateFile> files, string[] names) in folders)
        {
            Assert.Equal(names, files.Select(file => file.Name));
            Assert.All(files, file => Assert.DoesNotContain(key, file.Contents, StringComparison.Ordinal));
            Assert.All(files, file => Assert.Equal(file.Contents.Contains("PRIVATE KEY", StringComparison.Ordinal), file.Mode == OwnerOnly));
            // A program that looks for the certificate first finds it first.
            Assert.All(files, file => Assert.StartsWith("-----BEGIN CERTIFICATE-----", file.Contents, StringComparison.Ordinal));
            Assert.Equal(authority.CertificatePem, files[0].Contents);
        }
    }

    [Fact]
    public void Secrets_do_not_print_themselves()
    {
        using var authority = CertificateAuthority.Create("postgres", 10);
        Assert.DoesNotContain("PRIVATE", authority.Issue(CertificateSubjects.Observer, 3).ToString(), StringComparison.Ordinal);
        Assert.All(CertificateFiles.ForObserver(authority, Options), file => Assert.DoesNotContain("BEGIN", file.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Client_files_are_written_with_their_modes_and_replaced_in_one_step()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var authority = CertificateAuthority.Create("postgres", 10);
            ClientFolder.Write(directory, CertificateFiles.ForObserver(authority, Options));
            string first = File.ReadAllText(Path.Combine(directory, "client.pem"));
            ClientFolder.Write(directory, CertificateFiles.ForObserver(authority, Options));
            Assert.NotEqual(first, File.ReadAllText(Path.Combine(directory, "client.pem")));
            Assert.Equal(["ca.crt", "client.pem"], Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(directory, "client.pem")));
                Assert.Equal(OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Path.Combine(directory, "ca.crt")));
            }
        }
        finally
        {
            ClientFolder.Remove(directory);
        }

        Assert.False(Directory.Exists(directory));
    }

    private static X509Certificate2 Read(IssuedCertificate issued) => X509Certificate2.CreateFromPem(issued.Pem, issued.Pem);

    private static string[] Usages(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.OfType<Oid>().Select(usage => usage.Value!)];

    private static bool IsTrusted(CertificateAuthority authority, IssuedCertificate issued)
    {
        using var chain = new X509Chain { ChainPolicy = authority.CreateChainPolicy() };
        return chain.Build(Read(issued));
    }

    private sealed class SetTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
