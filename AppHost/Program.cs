var builder = DistributedApplication.CreateBuilder(args);

// Holds the leader's lease. One member; three with .WithMembers(3).
var etcd = builder.AddEtcd("etcd");

// Patroni and PostgreSQL, streaming to each other, synchronous by quorum.
var cluster = builder.AddPatroniCluster("postgres", etcd);
cluster.AddNode("data-node1");
cluster.AddNode("data-node2");
cluster.AddNode("data-node3");

// The front door: 5000 leads to the leader, 5001 to the replicas, 7000 shows which is which.
var haproxy = cluster.AddHAProxy("haproxy");
var db = haproxy.AddDatabase("appdb");

// Writes and reads all the time, and tells what an outage costs.
builder.AddProject<Projects.Probe>("probe")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithActionToken()
    .WithReference(db)
    .WithReference(cluster)
    .WaitFor(db);

return await builder.Build().RunClusterAsync(args);
