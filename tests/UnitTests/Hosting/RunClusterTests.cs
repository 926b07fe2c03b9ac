using System.Net.Sockets;
using HaPgAspire.Hosting;

namespace HaPgAspire.UnitTests.Hosting;

/// <summary>What the last line of an app host makes of errors.</summary>
public sealed class RunClusterTests
{
    [Fact]
    public void The_sentence_is_found_inside_of_what_was_made_of_it() => Assert.Equal(
        "Cluster:Ttl is 19.",
        RunClusterExtensions.Sentence(new AggregateException(new IOException(), new InvalidOperationException("An event handler failed.", new ClusterException("Cluster:Ttl is 19.")))));

    [Fact]
    public void An_address_that_something_else_has_is_named() => Assert.Equal(
        "Failed to bind to address http://127.0.0.1:20123: address already in use; end what listens there, which may be another app host.",
        // As a web server throws it.
        RunClusterExtensions.Sentence(new IOException(
            "Failed to bind to address http://127.0.0.1:20123: address already in use.",
            new InvalidOperationException("Address already in use", new SocketException((int)SocketError.AddressAlreadyInUse)))));

    [Fact]
    public void A_dashboard_without_a_certificate_is_told_what_to_do() => Assert.Equal(
        "Unable to configure HTTPS endpoint. No server certificate was specified. Start the app host with `dotnet run`, whose launch profile needs none, or give the machine a certificate with `dotnet dev-certs https`.",
        // As a web server throws it.
        RunClusterExtensions.Sentence(new InvalidOperationException("Unable to configure HTTPS endpoint. No server certificate was specified.\nTo generate one run 'dotnet dev-certs https'.")
        {
            Source = "Microsoft.AspNetCore.Server.Kestrel.Core",
        }));

    [Theory]
    [InlineData("Aspire.Hosting", "`resource` is a verb of the Aspire command line: `aspire resource postgres list`.", "resource", "postgres", "list")]
    [InlineData("HaPgAspire.LocalHosting", null, "resource", "postgres", "list")]
    [InlineData("Aspire.Hosting", null, "drill")]
    [InlineData("Aspire.Hosting", null, "--operation", "publish")]
    [InlineData("Aspire.Hosting", null)]
    public void A_verb_of_another_command_line_is_sent_there(string engine, string? advice, params string[] args) =>
        Assert.Equal(advice, RunClusterExtensions.Misplaced(args, engine));

    [Fact]
    public void What_nobody_at_the_terminal_can_put_right_is_no_sentence() => Assert.Null(RunClusterExtensions.Sentence(new IOException("The pipe is broken.")));
}
