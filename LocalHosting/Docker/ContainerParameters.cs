using System.Globalization;
using Docker.DotNet.Models;

namespace HaPgAspire.LocalHosting.Docker;

/// <summary>Between this layer's records and the engine's API.</summary>
internal static class ContainerParameters
{
    public static CreateContainerParameters From(ContainerSpec spec)
    {
        var options = ContainerRunOptions.Parse(spec.RuntimeArguments);
        var parameters = new CreateContainerParameters
        {
            Name = spec.Name,
            Image = spec.Image,
            Env = [.. spec.Environment.Select(variable => $"{variable.Key}={variable.Value}")],
            Labels = new Dictionary<string, string>(spec.Labels),
            ExposedPorts = spec.Ports.Select(Key).Distinct().ToDictionary(key => key, _ => default(EmptyStruct)),
            User = options.User ?? spec.User ?? "",
            Hostname = options.Hostname ?? "",
            StopSignal = options.StopSignal,
            StopTimeout = options.StopTimeout ?? spec.StopTimeout,
            HostConfig = HostConfigOf(spec, options),
        };
        if (spec.Arguments.Count > 0)
        {
            parameters.Cmd = [.. spec.Arguments];
        }

        if (spec.Entrypoint is { } entrypoint)
        {
            parameters.Entrypoint = [entrypoint];
        }

        if (spec.Network is { } network)
        {
            parameters.NetworkingConfig = new NetworkingConfig
            {
                EndpointsConfig = new Dictionary<string, EndpointSettings>
                {
                    [network] = new EndpointSettings { Aliases = [.. spec.NetworkAliases] },
                },
            };
        }

        return parameters;
    }

    public static ContainerStatus StatusOf(ContainerInspectResponse container)
    {
        var state = container.State ?? new State();
        return new ContainerStatus(
            container.ID,
            container.Name.TrimStart('/'),
            state.Status,
            state.Running,
            state.Running || TimeOf(state.FinishedAt) is null ? null : (int)state.ExitCode,
            TimeOf(state.StartedAt),
            container.NetworkSettings?.Networks?.Values.Select(network => network.IPAddress).FirstOrDefault(address => address.Length > 0),
            PortsOf(container.NetworkSettings),
            new Dictionary<string, string>(container.Config?.Labels ?? new Dictionary<string, string>()));
    }

    private static HostConfig HostConfigOf(ContainerSpec spec, ContainerRunOptions options)
    {
        var host = new HostConfig
        {
            PortBindings = spec.Ports
                .GroupBy(Key)
                .ToDictionary(ports => ports.Key, IList<PortBinding> (ports) => [.. ports.Select(Binding)]),
            Mounts = [.. spec.Mounts.Select(MountOf)],
            ExtraHosts = [.. spec.ExtraHosts, .. options.ExtraHosts],
            CapAdd = [.. options.CapAdd],
            CapDrop = [.. options.CapDrop],
            SecurityOpt = [.. options.SecurityOptions],
            ReadonlyRootfs = options.ReadOnly,
            Tmpfs = new Dictionary<string, string>(options.Tmpfs),
            Sysctls = new Dictionary<string, string>(options.Sysctls),
            ShmSize = options.SharedMemory ?? 0,
            Memory = options.Memory ?? 0,
            NanoCPUs = options.NanoCpus ?? 0,
            PidsLimit = options.ProcessLimit,
            Ulimits = [.. options.Ulimits.Select(limit => new Ulimit { Name = limit.Name, Soft = limit.Soft, Hard = limit.Hard })],
            NetworkMode = spec.Network ?? "",
        };
        if (options.Init)
        {
            host.Init = true;
        }

        if (options.Restart is { } restart)
        {
            host.RestartPolicy = new RestartPolicy
            {
                Name = restart.Policy switch
                {
                    "always" => RestartPolicyKind.Always,
                    "unless-stopped" => RestartPolicyKind.UnlessStopped,
                    "on-failure" => RestartPolicyKind.OnFailure,
                    _ => RestartPolicyKind.No,
                },
                MaximumRetryCount = restart.MaximumRetries,
            };
        }

        return host;
    }

    private static string Key(PublishedPort port) => string.Create(CultureInfo.InvariantCulture, $"{port.ContainerPort}/{port.Protocol}");

    private static PortBinding Binding(PublishedPort port) => new()
    {
        HostIP = port.HostIp,
        HostPort = port.HostPort == 0 ? "" : port.HostPort.ToString(CultureInfo.InvariantCulture),
    };

    private static Mount MountOf(ContainerMount mount) => new()
    {
        Type = mount.Kind == ContainerMountKind.Volume ? "volume" : "bind",
        Source = mount.Source,
        Target = mount.Target,
        ReadOnly = mount.ReadOnly,
    };

    private static List<BoundPort> PortsOf(NetworkSettings? network) =>
    [
        .. from port in network?.Ports ?? new Dictionary<string, IList<PortBinding>>()
           let key = port.Key.Split('/')
           from binding in port.Value ?? []
           where int.TryParse(binding.HostPort, NumberStyles.None, CultureInfo.InvariantCulture, out _)
           select new BoundPort(
               int.Parse(key[0], CultureInfo.InvariantCulture),
               key[^1],
               binding.HostIP,
               int.Parse(binding.HostPort, CultureInfo.InvariantCulture)),
    ];

    // The engine writes the year 1 for "never".
    public static DateTimeOffset? TimeOf(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1 ? time : null;
}
