namespace HaPgAspire.Hosting;

/// <summary>
/// etcd, the store that Patroni keeps the leader's lease and the cluster's configuration in. The resource is the first member, and stands for all of them.
/// </summary>
/// <param name="name">The resource's name.</param>
public sealed class EtcdResource(string name) : EtcdMemberResource(name), IResourceWithConnectionString
{
    private readonly List<EtcdMemberResource> _members = [];

    /// <summary>All members, the resource itself first.</summary>
    public IReadOnlyList<EtcdMemberResource> Members => [this, .. _members];

    /// <summary>The settings in force.</summary>
    public EtcdOptions Options { get; internal set; } = new();

    /// <summary>The image to build on.</summary>
    public string BaseImage { get; internal set; } = new ClusterOptions().BaseImage;

    /// <summary>The client URLs of all members, separated by commas.</summary>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            foreach (EtcdMemberResource member in Members)
            {
                if (!builder.IsEmpty)
                {
                    builder.AppendLiteral(",");
                }

                builder.Append($"{member.ClientEndpoint.Property(EndpointProperty.Url)}");
            }

            return builder.Build();
        }
    }

    // Those of the cluster that keeps its leader's lease here.
    internal Security.ClusterSecurity? Security { get; set; }

    internal void Add(EtcdMemberResource member) => _members.Add(member);
}
