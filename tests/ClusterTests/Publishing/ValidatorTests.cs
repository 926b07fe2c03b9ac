using HaPgAspire.ClusterTests.Vms;
using HaPgAspire.Hosting;
using HaPgAspire.Hosting.Publishing;

namespace HaPgAspire.ClusterTests.Publishing;

/// <summary>The published files before the judges that the machines have, in a container that has them all.</summary>
public sealed class ValidatorTests : IAsyncLifetime
{
    private static readonly VmCluster Cluster = new() { Scope = "postgres", Options = new ClusterOptions { Tls = true }, Databases = ["appdb"] };

    // Everything that can be chosen, chosen.
    private static readonly VmInventory Everything = new()
    {
        System = VmOperatingSystem.Debian13,
        Packages = VmPackageSource.Distribution,
        Clients = ["10.1.0.0/16"],
        Monitors = ["10.0.9.7"],
        VirtualAddress = "10.0.0.30/24",
        Machines =
        [
            new() { Name = "db1", Address = "10.0.0.11", Roles = [VmRole.Data, VmRole.Etcd], DataDisk = "/dev/disk/azure/scsi1/lun0" },
            new() { Name = "db2", Address = "10.0.0.12", Roles = [VmRole.Data, VmRole.Etcd] },
            new() { Name = "db3", Address = "10.0.0.13", Roles = [VmRole.Data, VmRole.Etcd] },
            new() { Name = "door1", Address = "10.0.0.31", Roles = [VmRole.HAProxy] },
            new() { Name = "door2", Address = "10.0.0.32", Roles = [VmRole.HAProxy] },
        ],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("hapg-validators-").FullName;
    private string _image = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(await DockerCommand.AnswersAsync(Token), "No container engine answers.");
        _image = await TestImage.EnsureAsync("hapgaspire-test-validators", "Publishing/Validators", Token);
        await VmPublisher.PublishAsync(Cluster, Everything, generateSecrets: true, Path.Combine(_folder, "everything"), Token);
        await VmPublisher.PublishAsync(Cluster, VmInventory.Guide(), generateSecrets: true, Path.Combine(_folder, "guide"), Token);
        await PublishedAppHost.PublishAsync("publish-azure", Path.Combine(_folder, "azure"), Token);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public Task ShellCheck_finds_nothing_in_the_scripts() => AcceptAsync(
        """
        # The other machines have the same.
        grep --recursive --files-with-matches '^#!.*sh$' everything/*.sh everything/machines/{db1,door1}/installer >/tmp/scripts
        for name in deploy.sh make-certificates.sh install.sh verify.sh uninstall.sh hapg patroni-node post-bootstrap find-interface check-front-door; do
            grep -q "/$name\$" /tmp/scripts || { echo "$name is not among the scripts"; exit 1; }
        done
        xargs shellcheck --external-sources </tmp/scripts azure/azure/infra/*.sh
        """);

    [Fact]
    public Task Certificates_are_those_of_the_list_and_stay_until_they_have_to_go() => AcceptAsync(
        """
        everything/make-certificates.sh /tmp/certificates
        cd /tmp/certificates
        for file in */*/*.pem observer/client.pem; do
            openssl verify -x509_strict -CAfile ca.crt "$file"
            [[ $(stat --format %a "$file") == 600 ]]
            openssl x509 -in "$file" -noout -text | grep -q 'ASN1 OID: prime256v1'
        done
        [[ $(find . -name ca.key) == ./ca.key && $(stat --format %a ca.key) == 600 ]]
        openssl x509 -in db1/data/server.pem -noout -checkhost db1 | grep 'does match'
        openssl x509 -in db1/data/server.pem -noout -checkip 10.0.0.30 | grep 'does match'
        { openssl x509 -in db1/data/server.pem -noout -checkip 10.9.9.9 || true; } | grep 'does NOT match'
        if openssl verify -purpose sslserver -CAfile ca.crt db1/data/client.pem 2>/dev/null; then exit 1; fi

        # Again: nothing to do.
        cat ca.crt */*/*.pem >/tmp/before
        [[ -z $("$OLDPWD/everything/make-certificates.sh" /tmp/certificates) ]]
        cat ca.crt */*/*.pem | cmp - /tmp/before

        # One that ends within 30 days, and one whose line has changed; the others stay.
        cp --recursive "$OLDPWD/everything" /tmp/
        sed -i 's/^db1\/etcd\/server.pem;;365/db1\/etcd\/server.pem;;20/; s/IP:10.0.0.32/IP:10.0.0.33/' /tmp/everything/certificates.list
        /tmp/everything/make-certificates.sh /tmp/certificates | sort >/tmp/made
        printf 'made %s\n' db1/data/server.pem db1/etcd/server.pem db2/data/server.pem db3/data/server.pem door2/haproxy/server.pem | diff - /tmp/made
        [[ $(/tmp/everything/make-certificates.sh /tmp/certificates) == 'made db1/etcd/server.pem' ]]

        # All, with the same authority.
        cp ca.crt /tmp/ca.crt
        /tmp/everything/make-certificates.sh --renew /tmp/certificates | grep -c '^made' | grep -x 12
        cmp ca.crt /tmp/ca.crt
        """);

    [Fact]
    public Task Azd_gets_the_certificates_from_its_hook() => AcceptAsync(
        """
        cp --recursive azure/azure /tmp/
        cd /tmp/azure
        mkdir -p .azure/test
        printf 'AZURE_LOCATION="westeurope"\n' >.azure/test/.env
        export AZURE_ENV_NAME=test
        grep -q 'run: ./infra/preprovision.sh' azure.yaml
        infra/preprovision.sh
        [[ $(stat --format %a .azure/test/.env) == 600 ]]
        grep -qx 'AZURE_LOCATION="westeurope"' .azure/test/.env
        for name in $(grep --only-matching 'CLUSTER_CERTIFICATE[A-Z0-9_]*' infra/main.parameters.json); do
            grep -q "^$name=".*"$" .azure/test/.env || { echo "$name has no value"; exit 1; }
        done
        sed -n 's/^CLUSTER_CERTIFICATES_DATA_NODE1="\(.*\)"$/\1/p' .azure/test/.env | base64 --decode | tar --list --gzip | grep -x './data/server.pem'
        sed -n 's/^CLUSTER_CERTIFICATE_AUTHORITY="\(.*\)"$/\1/p' .azure/test/.env | base64 --decode | openssl x509 -noout -subject

        # A second azd up changes nothing; one from a machine without the authority's key goes no further.
        cp .azure/test/.env /tmp/before
        [[ -z $(infra/preprovision.sh) ]]
        cmp .azure/test/.env /tmp/before
        rm .azure/test/certificates/ca.key
        ! CLUSTER_CERTIFICATE_AUTHORITY=there infra/preprovision.sh
        """);

    [Fact]
    public Task HAProxy_accepts_its_configuration() => AcceptAsync(
        """
        mkdir -p /run/haproxy /etc/haproxy/tls
        for folder in everything guide; do
            $folder/make-certificates.sh /tmp/$folder >/dev/null
            for machine in /tmp/$folder/*/haproxy; do
                cp "$machine"/* /etc/haproxy/tls/
                machine=${machine%/haproxy}
                CLUSTER_STATISTICS_PASSWORD=any haproxy -c -f "$folder/machines/${machine##*/}/installer/files/etc/haproxy/haproxy.cfg"
            done
        done
        """);

    [Fact]
    public Task Cloud_init_accepts_the_user_data() => AcceptAsync(
        """
        for file in */machines/*/user-data; do cloud-init schema --config-file "$file"; done
        # With the certificates at its end.
        cp --recursive everything /tmp/
        /tmp/everything/deploy.sh user-data >/tmp/made
        for file in /tmp/everything/machines/*/user-data.complete; do
            [[ $(stat --format %a "$file") == 600 ]]
            grep -q '^- path: /var/lib/hapg/installer/certificates/[a-z]*/server.pem$' "$file"
            cloud-init schema --config-file "$file"
        done
        """);

    [Fact]
    public Task Keepalived_accepts_its_configuration() => AcceptAsync(
        """
        mkdir -p /run/hapg
        printf '$INTERFACE=eth0\n' >/run/hapg/interface.conf
        for machine in door1 door2; do
            install -D -m 0755 everything/machines/$machine/installer/files/usr/local/lib/hapg/check-front-door /usr/local/lib/hapg/check-front-door
            # It complains on its error output and may still end with 0.
            complaints=$(keepalived --config-test --use-file everything/machines/$machine/installer/files/etc/keepalived/keepalived.conf 2>&1) || { echo "$complaints"; exit 1; }
            [[ -z $complaints ]] || { echo "$complaints"; exit 1; }
        done
        """,
        // It wants its interface to be there.
        "--network", "bridge");

    [Fact]
    public Task Nftables_accepts_the_rules() => AcceptAsync(
        """
        for file in */machines/*/installer/files/etc/hapg/firewall.nft; do nft --check --file "$file"; done
        """,
        "--network", "none", "--cap-add", "NET_ADMIN");

    [Fact]
    public Task Systemd_accepts_the_units() => AcceptAsync(
        """
        useradd --system --user-group --no-create-home postgres || true
        for machine in everything/machines/db1 everything/machines/door1 guide/machines/etcd guide/machines/data-node1; do
            cp --recursive "$machine"/installer/files/etc/systemd/system/. /etc/systemd/system/
        done
        systemd-analyze verify --man=no patroni.service etcd.service haproxy.service keepalived.service hapg-firewall.service hapg-watchdog.service 2>/tmp/complaints || { cat /tmp/complaints; exit 1; }
        # Complaints of the distribution's own units are not ours.
        ! grep -E 'patroni|etcd|haproxy|keepalived|hapg' /tmp/complaints
        """);

    [Fact]
    public async Task The_judges_would_have_complained()
    {
        string script = Path.Combine(_folder, "wrong.sh");
        await File.WriteAllTextAsync(script, "#!/bin/bash\nrm $1\n", Token);
        await File.WriteAllTextAsync(Path.Combine(_folder, "wrong.yaml"), "#cloud-config\nwrite_files: none\n", Token);
        foreach (string command in new[] { "shellcheck wrong.sh", "cloud-init schema --config-file wrong.yaml", "haproxy -c -f wrong.yaml", "nft --check --file wrong.yaml", "keepalived --config-test --use-file wrong.yaml" })
        {
            CommandResult result = await JudgeAsync(command, "--network", "none", "--cap-add", "NET_ADMIN");
            Assert.True(result.ExitCode is not (0 or 126 or 127), $"{command}: exit code {result.ExitCode}\n{result.All}");
        }
    }

    private async Task AcceptAsync(string script, params string[] options)
    {
        CommandResult result = await JudgeAsync(script, options);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.All}");
    }

    private Task<CommandResult> JudgeAsync(string script, params string[] options) => DockerCommand.TryAsync(
        null,
        Token,
        [
            "run", "--rm", .. options.Length == 0 ? ["--network", "none"] : options, "--volume", $"{_folder}:{_folder}:ro", "--workdir", _folder,
            _image, "bash", "-c", "set -euo pipefail\n" + script,
        ]);
}
