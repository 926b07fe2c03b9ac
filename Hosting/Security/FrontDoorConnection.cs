namespace HaPgAspire.Hosting.Security;

/// <summary>The front door's connection string with TLS, in place of the one that every PostgreSQL server has.</summary>
internal sealed class FrontDoorConnection(HAProxyResource haproxy) : Resource(haproxy.Name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var builder = new ReferenceExpressionBuilder();
            builder.Append($"Host={haproxy.Host};Port={haproxy.Port};Username={haproxy.UserNameReference};Password={haproxy.PasswordParameter}");
            haproxy.Cluster.Security.AppendTo(builder);
            return builder.Build();
        }
    }
}
