using HaPgAspire.Probe.Settings;
using HaPgAspire.Probe.State;

namespace HaPgAspire.Probe.Cluster;

/// <summary>
/// Asks every component again and again: each in a loop of its own, so that one that is gone does not delay the others, and more
/// often while there is trouble.
/// </summary>
internal sealed class ClusterWatch(
    ClusterAddresses addresses, ProbeOptions options, ComponentClient client, ClusterModel model, ProbeClock clock)
{
    private Func<bool> _isTroubled = () => false;
    private int _asked;

    /// <summary>Says how to tell that there is trouble.</summary>
    public void WatchCloselyWhile(Func<bool> isTroubled) => _isTroubled = isTroubled;

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        List<Task> loops =
        [
            .. addresses.Members.Select(member => LoopAsync(() => AskMemberAsync(member, cancellationToken), cancellationToken)),
            .. addresses.Etcd.Select(member => LoopAsync(() => AskEtcdAsync(member, cancellationToken), cancellationToken)),
        ];
        if (addresses.Members.Count > 0)
        {
            loops.Add(LoopAsync(() => AskClusterAsync(cancellationToken), cancellationToken));
            loops.Add(LoopAsync(() => AskTimelinesAsync(cancellationToken), cancellationToken));
        }

        if (addresses.Proxy is { } proxy)
        {
            loops.Add(LoopAsync(() => AskProxyAsync(proxy, cancellationToken), cancellationToken));
        }

        return Task.WhenAll(loops);
    }

    private async Task LoopAsync(Func<Task> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = clock.Now;
            await ask();
            var took = clock.Now - asked;

            // In small steps, so that trouble shortens a wait that has begun.
            while (clock.Now - asked < (_isTroubled() ? CloseInterval(took) : options.PollInterval))
            {
                await clock.DelayAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
            }
        }
    }

    // Who is slow to answer may have no processor left for what is being measured.
    private TimeSpan CloseInterval(TimeSpan took)
    {
        var spared = 3 * took < options.PollInterval ? 3 * took : options.PollInterval;
        return spared > options.OutagePollInterval ? spared : options.OutagePollInterval;
    }

    private async Task AskMemberAsync(MemberAddress member, CancellationToken cancellationToken)
    {
        using var answer = await client.GetJsonAsync(new Uri(member.Rest, "patroni"), cancellationToken);
        model.Took(member.Name, answer is null ? null : MemberReport.Read(answer.RootElement));
    }

    private async Task AskClusterAsync(CancellationToken cancellationToken)
    {
        // Whoever answered last is asked first; the others only when it does not answer.
        for (var tried = 0; tried < addresses.Members.Count; tried++)
        {
            using var answer = await client.GetJsonAsync(new Uri(addresses.Members[_asked].Rest, "cluster"), cancellationToken);
            if (answer is not null)
            {
                model.Took(ClusterReport.Read(answer.RootElement));
                return;
            }

            _asked = (_asked + 1) % addresses.Members.Count;
        }

        model.Took((ClusterReport?)null);
    }

    private async Task AskTimelinesAsync(CancellationToken cancellationToken)
    {
        // The history says nothing new until there is a new timeline.
        if (model.LacksTimelines)
        {
            using var answer = await client.GetJsonAsync(new Uri(addresses.Members[_asked].Rest, "history"), cancellationToken);
            model.TookTimelines(answer is null ? null : TimelineReport.Read(answer.RootElement));
        }
    }

    private async Task AskProxyAsync(Uri proxy, CancellationToken cancellationToken)
    {
        var answer = await client.GetAsync(new Uri(proxy, "/;csv"), cancellationToken, addresses.ProxyLogin);
        model.Took(answer is null ? null : ProxyReport.Read(answer));
    }

    private async Task AskEtcdAsync(Uri address, CancellationToken cancellationToken)
    {
        using var answer = await client.GetJsonAsync(new Uri(address, "health"), cancellationToken);
        model.TookHealth(address.Authority, answer is null ? null : Json.Text(answer.RootElement, "health") == "true");
    }
}
