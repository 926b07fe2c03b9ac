namespace HaPgAspire.UnitTests.HostingModel;

public sealed class ModelTests
{
    private readonly IDistributedApplicationBuilder _builder = TestApplication.Create();

    [Theory]
    [InlineData("1st")]
    [InlineData("two--hyphens")]
    [InlineData("ends-")]
    [InlineData("under_score")]
    [InlineData("a12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_that_is_no_DNS_name_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => _builder.AddContainer(name, "image"));

    [Fact]
    public void A_name_can_be_given_once()
    {
        _builder.AddContainer("one", "image");

        var error = Assert.Throws<DistributedApplicationException>(() => _builder.AddParameter("ONE", "value"));

        Assert.Contains("ONE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resource_is_found_by_name_and_type()
    {
        var container = _builder.AddContainer("one", "image").Resource;

        Assert.Same(container, _builder.CreateResourceBuilder<ContainerResource>("one").Resource);
        Assert.False(_builder.TryCreateResourceBuilder<ParameterResource>("one", out _));
        Assert.Throws<InvalidOperationException>(() => _builder.CreateResourceBuilder<ContainerResource>("two"));
    }

    [Theory]
    [InlineData("debian", "debian:latest")]
    [InlineData("debian:trixie-slim", "debian:trixie-slim")]
    [InlineData("library/debian", "library/debian:latest")]
    [InlineData("registry.example:5000/team/image:1.2", "registry.example:5000/team/image:1.2")]
    [InlineData("localhost/image", "localhost/image:latest")]
    [InlineData("debian@sha256:0123456789012345678901234567890123456789012345678901234567890123", "debian@sha256:0123456789012345678901234567890123456789012345678901234567890123")]
    public void An_image_reference_is_taken_apart(string reference, string name)
    {
        var container = _builder.AddContainer("one", reference).Resource;

        Assert.True(container.TryGetContainerImageName(out var image));
        Assert.Equal(name, image);
    }

    [Fact]
    public void A_tag_given_twice_is_ambiguous() =>
        Assert.Throws<InvalidOperationException>(() => _builder.AddContainer("one", "image").WithImage("debian:12", "13"));

    [Fact]
    public void An_annotation_is_added_or_replaced()
    {
        var container = _builder.AddContainer("one", "image");

        container.WithAnnotation(new HealthCheckAnnotation("a")).WithAnnotation(new HealthCheckAnnotation("b"), ResourceAnnotationMutationBehavior.Replace);
        Assert.Equal(["b"], container.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key));

        container.WithAnnotation(new HealthCheckAnnotation("c"));
        Assert.Equal(["b", "c"], container.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key));
    }

    [Fact]
    public void A_health_check_is_added_once()
    {
        var container = _builder.AddContainer("one", "image").WithHealthCheck("check");

        Assert.Throws<DistributedApplicationException>(() => container.WithHealthCheck("check"));
    }

    [Fact]
    public void A_mount_knows_what_it_is()
    {
        var container = _builder.AddContainer("one", "image").WithVolume("data", "/data").WithBindMount("files", "/files", isReadOnly: true).Resource;

        Assert.Collection(
            container.Annotations.OfType<ContainerMountAnnotation>(),
            volume => Assert.Equal((ContainerMountType.Volume, "data", "/data", false), (volume.Type, volume.Source, volume.Target, volume.IsReadOnly)),
            bind => Assert.Equal(
                (ContainerMountType.BindMount, Path.GetFullPath("files", _builder.AppHostDirectory), "/files", true),
                (bind.Type, bind.Source, bind.Target, bind.IsReadOnly)));
    }

    [Fact]
    public void Volume_names_tell_app_hosts_and_resources_apart()
    {
        var one = VolumeNameGenerator.Generate(_builder.AddContainer("one", "image"), "data");
        var two = VolumeNameGenerator.Generate(_builder.AddContainer("two", "image"), "data");

        Assert.EndsWith("-one-data", one, StringComparison.Ordinal);
        Assert.EndsWith("-two-data", two, StringComparison.Ordinal);
        Assert.Equal(one.Replace("-one-", "-two-", StringComparison.Ordinal), two);
        Assert.Throws<ArgumentException>(() => VolumeNameGenerator.Generate(_builder.CreateResourceBuilder<ContainerResource>("one"), "a/b"));
    }

    [Fact]
    public void Files_keep_their_place_below_a_directory()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            Directory.CreateDirectory(Path.Combine(directory.FullName, "below"));
            File.WriteAllText(Path.Combine(directory.FullName, "top"), "top");
            File.WriteAllText(Path.Combine(directory.FullName, "below", "leaf"), "leaf");

            var items = ContainerDirectory.GetFileSystemItemsFromPath(directory.FullName, searchOptions: SearchOption.AllDirectories).ToArray();

            Assert.Contains(items, item => item is ContainerFile { Name: "top" });
            var below = Assert.Single(items.OfType<ContainerDirectory>());
            Assert.Equal("leaf", Assert.IsType<ContainerFile>(Assert.Single(below.Entries)).Name);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_name_has_no_directories() => Assert.Throws<ArgumentException>(() => new ContainerFile { Name = "a/b" });
}
