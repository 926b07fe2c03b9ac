using System.Globalization;
using System.Text;
using HaPgAspire.Hosting.Security;

namespace HaPgAspire.Hosting.Publishing;

/// <summary>Makes a compose application from the app model: each container and each project becomes a service.</summary>
/// <param name="context">The publishing's context.</param>
/// <param name="options">The settings of this target.</param>
/// <param name="traits">What the publisher knows about a resource.</param>
/// <param name="variables">Collects the variables of the file.</param>
/// <param name="certificates">Collects the certificates of the services.</param>
internal sealed class ComposeGraph(
    PipelineStepContext context, ComposeOptions options, Func<IResource, ComposeTraits> traits, ComposeVariables variables, CertificateList certificates)
{
    /// <summary>The network that all services share.</summary>
    public const string NetworkName = "cluster";

    /// <summary>The folder of the files that services see.</summary>
    public const string FilesFolder = "files";

    /// <summary>The folder of the build contexts.</summary>
    public const string ImagesFolder = "images";

    /// <summary>The folder of the programs of the projects.</summary>
    public const string ProjectsFolder = "projects";

    private const string Healthy = "service_healthy";
    private const string Started = "service_started";
    private const string Completed = "service_completed_successfully";

    // Both keep the order of the app model.
    private readonly Dictionary<string, ComposeService> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ComposeVolume> _volumes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, PublishedFile> _files = new(StringComparer.Ordinal);
    private readonly List<string> _certified = [];
    private readonly string _name = options.ProjectName;

    /// <summary>The files beside <c>docker-compose.yaml</c>.</summary>
    public IReadOnlyCollection<PublishedFile> Files => _files.Values;

    /// <summary>Reads the whole model.</summary>
    /// <returns>The compose document.</returns>
    /// <exception cref="ClusterException">A resource cannot be published.</exception>
    public async Task<ComposeDocument> ReadAsync()
    {
        foreach (IResource resource in context.Model.Resources)
        {
            switch (resource)
            {
                case ContainerResource container:
                    _services[container.Name] = await ContainerAsync(container);
                    break;
                case ProjectResource project:
                    _services[project.Name] = await ProjectAsync(project);
                    break;
                case ExecutableResource:
                    throw new ClusterException($"docker compose cannot run {resource.Name}, a program of this machine: make it a container or a project, or leave it out when publishing.");
                default:
                    break;
            }
        }

        AddCertificates();
        if (options.Dashboard)
        {
            AddDashboard();
        }

        return new ComposeDocument
        {
            Name = _name,
            Services = _services,
            Networks = new Dictionary<string, ComposeNetwork> { [NetworkName] = new() { Driver = "bridge" } },
            Volumes = _volumes,
        };
    }

    private async Task<ComposeService> ContainerAsync(ContainerResource container)
    {
        (string image, ComposeBuild? build) = await ImageAsync(container);
        IReadOnlyList<PublishedValue> arguments = await Values.ArgumentsAsync(container, context.ExecutionContext, context.CancellationToken);
        return await ServiceAsync(container, traits(container)) with
        {
            Image = image,
            Build = build,
            Entrypoint = container.Entrypoint is { } entrypoint ? [Escape(entrypoint)] : null,
            Command = arguments.Count == 0 ? null : [.. arguments.Select(Write)],
        };
    }

    private async Task<ComposeService> ProjectAsync(ProjectResource project)
    {
        PublishedProgram program = await PublishedProgram.LocateAsync(project, context.CancellationToken);
        string folder = $"{ProjectsFolder}/{project.Name}";
        Add(PublishedFile.FromText($"{folder}/Dockerfile", ProjectDockerfile.Write(program.AssemblyName)));
        foreach (PublishedFile file in await program.FilesAsync($"{folder}/app", context.CancellationToken))
        {
            Add(file);
        }

        ComposeService service = await ServiceAsync(project, traits(project));
        var environment = new SortedDictionary<string, string>(service.Environment?.ToDictionary() ?? [], StringComparer.Ordinal)
        {
            ["HTTP_PORTS"] = Text(ProjectDockerfile.Port),
        };
        if (options.Dashboard && !environment.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"))
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = ComposeDashboard.OtlpEndpoint;
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
            environment["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={ComposeDashboard.ApiKey(variables)}";
            environment["OTEL_SERVICE_NAME"] = project.Name;
        }

        return service with
        {
            Image = $"{_name}-{project.Name}",
            Build = new ComposeBuild
            {
                Context = $"./{folder}",
                Dockerfile = "Dockerfile",
                Args = new Dictionary<string, string>
                {
                    [ProjectDockerfile.RuntimeArgument] = variables.Setting("DOTNET_IMAGE", options.DotnetImage, "Image with the ASP.NET Core runtime that projects are built on"),
                },
            },
            Environment = environment,
        };
    }

    private async Task<ComposeService> ServiceAsync(IResource resource, ComposeTraits known)
    {
        IReadOnlyDictionary<string, PublishedValue> environment = await Values.EnvironmentAsync(resource, context.ExecutionContext, context.CancellationToken);
        List<ComposeMount> mounts = [.. await MountsAsync(resource, known)];
        ComposeCertificates? own = OwnCertificates(known, environment);
        if (own is not null)
        {
            _certified.Add(resource.Name);
            certificates.Add(resource.Name, own.Subjects, own.Owner);
            mounts.Add(DataVolume(ComposeCertificateService.Volume(resource.Name), own.Directory, isReadOnly: true));
        }

        List<string> ports = [.. Ports(resource, known)];
        return new ComposeService
        {
            Image = string.Empty,
            Hostname = resource.Name,
            Environment = Environment(environment),
            Ports = ports.Count == 0 ? null : ports,
            Volumes = mounts.Count == 0 ? null : mounts,
            Tmpfs = known.MemoryFolders.Count == 0 ? null : known.MemoryFolders,
            Networks = [NetworkName],
            DependsOn = Dependencies(resource, known, own is not null),
            Healthcheck = known.HealthPage is { } page ? ComposeHealth.Check(page) : null,
            Restart = "unless-stopped",
            StopGracePeriod = known.StopSeconds is { } seconds ? $"{Text(seconds)}s" : null,
            ShmSize = known.SharedMemory,
            ReadOnly = known.Hardened ? true : null,
            PidsLimit = known.Processes,
            CapDrop = known.Hardened ? ["ALL"] : null,
            SecurityOpt = known.Hardened ? ["no-new-privileges:true"] : null,
            Logging = Logging,
        };
    }

    private SortedDictionary<string, string>? Environment(IReadOnlyDictionary<string, PublishedValue> declared)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, PublishedValue value) in declared)
        {
            environment[name] = Write(value);
        }

        return environment.Count == 0 ? null : environment;
    }

    private async Task<(string Image, ComposeBuild? Build)> ImageAsync(ContainerResource container)
    {
        if (container.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault() is { } dockerfile)
        {
            string folder = $"{ImagesFolder}/{(dockerfile.ContextPath == ClusterImages.ContextPath ? "cluster" : container.Name)}";
            foreach (PublishedFile file in BuildContext.Read(container.Name, dockerfile.ContextPath, folder))
            {
                Add(file);
            }

            var arguments = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach ((string name, object? value) in dockerfile.BuildArguments)
            {
                arguments[name] = Write(await Values.ReadAsync(value ?? string.Empty, $"build argument {name} of {container.Name}", context.CancellationToken));
            }

            return ($"{_name}-{dockerfile.Stage ?? container.Name}", new ComposeBuild
            {
                Context = $"./{folder}",
                Dockerfile = Path.GetRelativePath(dockerfile.ContextPath, dockerfile.DockerfilePath).Replace('\\', '/'),
                Target = dockerfile.Stage,
                Args = arguments.Count == 0 ? null : arguments,
            });
        }

        ContainerImageAnnotation image = container.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault()
            ?? throw new ClusterException($"docker compose cannot run {container.Name}: it has neither an image nor a Dockerfile.");
        string imageName = image.Registry is { Length: > 0 } registry ? $"{registry}/{image.Image}" : image.Image;
        return (image.SHA256 is { } digest ? $"{imageName}@sha256:{digest}" : $"{imageName}:{image.Tag ?? "latest"}", null);
    }

    private async Task<IReadOnlyList<ComposeMount>> MountsAsync(IResource resource, ComposeTraits known)
    {
        var mounts = new List<ComposeMount>();
        foreach (ContainerMountAnnotation mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            if (mount.Type == ContainerMountType.BindMount)
            {
                throw new ClusterException($"docker compose cannot take the bind mount {mount.Source} of {resource.Name}, a path of this machine: give the files with WithContainerFiles, or use a volume.");
            }

            mounts.Add(DataVolume(mount.Source ?? VolumeName(resource, mount.Target), mount.Target, mount.IsReadOnly));
        }

        mounts.AddRange(known.DataFolders.Where(folder => mounts.TrueForAll(mount => mount.Target != folder)).Select(folder => DataVolume(VolumeName(resource, folder), folder, isReadOnly: false)));
        foreach (PublishedFile file in await ContainerFileTree.ReadAsync(resource, context.Services, context.CancellationToken))
        {
            string path = $"{FilesFolder}/{resource.Name}{file.Path}";
            Add(file with { Path = path });
            mounts.Add(new ComposeMount
            {
                Type = "bind",
                Source = "./" + path,
                Target = file.Path,
                ReadOnly = true,
                Bind = new ComposeBind { CreateHostPath = false },
            });
        }

        return mounts;
    }

    private static string VolumeName(IResource resource, string target) =>
        $"{resource.Name}-{target.Split('/', StringSplitOptions.RemoveEmptyEntries).LastOrDefault("data")}";

    private ComposeMount DataVolume(string name, string target, bool isReadOnly)
    {
        _volumes[name] = new ComposeVolume();
        return new ComposeMount { Type = "volume", Source = name, Target = target, ReadOnly = isReadOnly ? true : null };
    }

    private IEnumerable<string> Ports(IResource resource, ComposeTraits known)
    {
        if (resource is not IResourceWithEndpoints)
        {
            yield break;
        }

        var published = new HashSet<int>();
        foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            int inside = Locate(resource, endpoint).Port;
            if (!(known.IsFrontDoor || endpoint.IsExternal) || !published.Add(inside))
            {
                continue;
            }

            string bind = variables.Setting("BIND_ADDRESS", options.BindAddress, "Address of this machine that the published ports listen on; 0.0.0.0 lets everybody in");
            string outside = variables.Setting(
                $"{VariableName(resource.Name)}_{VariableName(endpoint.Name)}_PORT", Text(endpoint.Port is null or 0 ? inside : endpoint.Port.Value), $"Port of this machine for {resource.Name} ({endpoint.Name})");
            yield return $"{bind}:{outside}:{Text(inside)}";
        }
    }

    private SortedDictionary<string, ComposeDependency>? Dependencies(IResource resource, ComposeTraits known, bool hasCertificates)
    {
        var dependencies = new SortedDictionary<string, ComposeDependency>(StringComparer.Ordinal);
        if (hasCertificates)
        {
            dependencies[ComposeCertificateService.Name] = new ComposeDependency { Condition = Completed };
        }

        foreach (ComposeNeed need in known.Needs)
        {
            dependencies[need.Resource.Name] = new ComposeDependency { Condition = need.Healthy ? Healthy : Started };
        }

        foreach (WaitAnnotation wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            if (Service(wait.Resource) is not { } service || service == resource)
            {
                continue;
            }

            dependencies[service.Name] = new ComposeDependency
            {
                Condition = wait.WaitType switch
                {
                    WaitType.WaitForCompletion => Completed,
                    WaitType.WaitUntilHealthy when traits(service).HealthPage is not null => Healthy,
                    _ => Started,
                },
            };
        }

        return dependencies.Count == 0 ? null : dependencies;
    }

    // A database is healthy when its server is.
    private static IResource? Service(IResource resource)
    {
        IResource? current = resource;
        while (current is not null and not ContainerResource and not ProjectResource)
        {
            current = (current as IResourceWithParent)?.Parent;
        }

        return current;
    }

    // A client gets the files that its values name.
    private static ComposeCertificates? OwnCertificates(ComposeTraits known, IReadOnlyDictionary<string, PublishedValue> environment) =>
        known.Certificates is { Directory: CertificatePath.ContainerDirectory } && !environment.Values.Any(value => value.Mentions(CertificatePath.ContainerDirectory)) ? null : known.Certificates;

    private void AddCertificates()
    {
        if (_certified.Count == 0)
        {
            return;
        }

        if (_services.ContainsKey(ComposeCertificateService.Name))
        {
            throw new ClusterException($"docker compose cannot take a resource with the name {ComposeCertificateService.Name}: the service that makes the certificates has it.");
        }

        string node = context.Model.Resources.OfType<PatroniNodeResource>().First().Name;
        ComposeService service = ComposeCertificateService.Service(_services[node], _certified);
        foreach (ComposeMount volume in service.Volumes!.Where(mount => mount.Type == "volume"))
        {
            _volumes[volume.Source] = new ComposeVolume();
        }

        _services[ComposeCertificateService.Name] = service;
        Add(PublishedFile.FromText(CertificateList.ScriptName, CertificateList.Script, PublishedFile.ProgramMode));
        Add(PublishedFile.FromText(CertificateList.ListName, certificates.Write()));
    }

    private void AddDashboard()
    {
        _services[ComposeDashboard.Name] = ComposeDashboard.Service(options, variables) with { Networks = [NetworkName], Logging = Logging };
    }

    private static PublishedEndpoint Locate(EndpointReference reference) => Locate(reference.Resource, reference.EndpointAnnotation);

    private static PublishedEndpoint Locate(IResource resource, EndpointAnnotation endpoint)
    {
        int port = endpoint.TargetPort ?? (resource is ProjectResource ? ProjectDockerfile.Port : endpoint.Port) ?? throw new ClusterException(
            $"docker compose needs the port that {resource.Name} listens on for its endpoint {endpoint.Name}: give it a target port.");
        // The projects' containers speak plain HTTP; TLS ends in front of them.
        string scheme = resource is ProjectResource && endpoint.UriScheme == "https" ? "http" : endpoint.UriScheme;
        return new PublishedEndpoint(scheme, resource.Name, port);
    }

    private PublishedValueReader Values { get; } = new(Locate);

    private string Write(PublishedValue value) => value.Write(Escape, Hole);

    private string Hole(ParameterResource parameter) => parameter.Secret
        ? variables.Secret(VariableName(parameter.Name), $"Secret of the parameter {parameter.Name}; letters and digits")
        : variables.Required(VariableName(parameter.Name), $"Value of the parameter {parameter.Name}");

    private void Add(PublishedFile file) => _files[file.Path] = file;

    private static string Escape(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string VariableName(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char character in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(character) ? char.ToUpperInvariant(character) : '_');
        }

        return text.ToString();
    }

    // Without bounds, Docker keeps a container's log for ever.
    private static ComposeLogging Logging { get; } = new()
    {
        Driver = "json-file",
        Options = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["max-file"] = "3", ["max-size"] = "10m" },
    };
}
