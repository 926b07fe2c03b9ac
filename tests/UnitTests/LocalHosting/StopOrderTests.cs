using HaPgAspire.LocalHosting.Running;

namespace HaPgAspire.UnitTests.LocalHosting;

public sealed class StopOrderTests
{
    [Fact]
    public void What_others_need_is_stopped_after_them()
    {
        var builder = HostingModel.TestApplication.Create();
        var store = builder.AddContainer("store", "image");
        var server = builder.AddResource(new PostgresServerResource("server", null, new ParameterResource("p", _ => "p"))).WithImage("image").WaitFor(store);
        var client = builder.AddContainer("client", "image").WithReference(server.AddDatabase("db"));
        var aside = builder.AddContainer("aside", "image");

        var groups = StopOrder.Groups([store.Resource, server.Resource, client.Resource, aside.Resource]);

        Assert.Equal(["aside client", "server", "store"], groups.Select(g => string.Join(' ', g.Select(r => r.Name).Order())));
    }

    [Fact]
    public void Who_needs_a_parent_needs_its_children()
    {
        var parent = new Parent("cluster");
        var builder = HostingModel.TestApplication.Create();
        var member = builder.AddResource(new Member("member", parent)).WithImage("image");
        var client = builder.AddContainer("client", "image").WithReferenceRelationship(parent);

        var groups = StopOrder.Groups([member.Resource, client.Resource]);

        Assert.Equal(["client", "member"], groups.Select(g => Assert.Single(g).Name));
    }

    [Fact]
    public void A_circle_is_stopped_at_once()
    {
        var builder = HostingModel.TestApplication.Create();
        var a = builder.AddContainer("a", "image");
        var b = builder.AddContainer("b", "image").WithReferenceRelationship(a.Resource);
        a.WithReferenceRelationship(b.Resource);

        Assert.Equal(2, Assert.Single(StopOrder.Groups([a.Resource, b.Resource])).Count);
    }

    private sealed class Parent(string name) : Resource(name);

    private sealed class Member(string name, Parent parent) : ContainerResource(name), IResourceWithParent<Parent>
    {
        public Parent Parent { get; } = parent;
    }
}
