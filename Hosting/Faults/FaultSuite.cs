using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HaPgAspire.Hosting;

/// <summary>Runs cases on a running cluster, one after the other, and has each judged.</summary>
internal sealed partial class FaultSuite(FaultStage stage)
{
    /// <summary>Load before the fault, so that its beginning is seen.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(2);

    /// <summary>Load after the cluster is whole: a second stall would show by then.</summary>
    private static readonly TimeSpan Trail = TimeSpan.FromSeconds(3);

    /// <summary>The longest that a case's own steps may take.</summary>
    private static readonly TimeSpan CaseLimit = TimeSpan.FromMinutes(8);

    /// <summary>How long a member may take to replay what the leader had.</summary>
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(30);

    /// <summary>The probe takes ten actions at once, then one every 6 s.</summary>
    private static readonly TimeSpan BetweenVerifications = TimeSpan.FromSeconds(6);

    private readonly ILogger<FaultSuite> _logger = stage.Logger<FaultSuite>();

    /// <summary>Runs the cases. Never throws for what they find: that is in the outcomes.</summary>
    public async IAsyncEnumerable<FaultOutcome> RunAsync(IReadOnlyList<FaultCase> cases, int runs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (FaultCase one in cases)
        {
            for (int run = 1; run <= runs; run++)
            {
                Begun(_logger, one.Name, run, runs);
                FaultOutcome outcome = await RunAsync(one, run, cancellationToken);
                string outage = outcome.OutageSeconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s without writes") : "nothing measured";
                string violations = string.Join("; ", outcome.Violations);
                Ended(_logger, one.Name, run, runs, outcome.Verdict, outage, violations);
                yield return outcome;
                if (outcome.Verdict == FaultVerdict.NotPossible)
                {
                    break;
                }
            }
        }
    }

    private async Task<FaultOutcome> RunAsync(FaultCase one, int run, CancellationToken cancellationToken)
    {
        var outcome = new FaultOutcome
        {
            Case = one.Name,
            Family = one.Family,
            Title = one.Title,
            Profile = stage.Options.Profile,
            Run = run,
            Verdict = FaultVerdict.Failed,
            StartedAt = DateTimeOffset.UtcNow,
            GoalSeconds = one.Goal?.TotalSeconds,
        };
        try
        {
            ClusterView before = await stage.AwaitWholeAsync(stage.RecoveryLimit, cancellationToken);
            await using WriterWatch watch = await WriterWatch.StartAsync(stage.Cluster, stage.FrontDoor, cancellationToken);
            return await RunAsync(one, outcome, before, watch, cancellationToken);
        }
        catch (Exception e) when (IsFinding(e, cancellationToken))
        {
            return outcome with { Violations = [$"the case could not begin: {e.Message}"] };
        }
    }

    private async Task<FaultOutcome> RunAsync(FaultCase one, FaultOutcome outcome, ClusterView before, WriterWatch watch, CancellationToken cancellationToken)
    {
        var record = new ProbeRecord();
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task follow = stage.Probe.FollowAsync(record, following.Token);
        var found = new List<string>();
        var scene = new FaultScene(stage, before, record);
        try
        {
            IReadOnlyList<ProbeRoute> routes = await stage.Probe.RoutesAsync(cancellationToken);
            await Task.Delay(Lead, cancellationToken);
            DateTimeOffset from = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(1);
            try
            {
                await InjectAsync(one, scene, found, cancellationToken);
            }
            catch (FaultNotPossibleException e)
            {
                await scene.HealAsync(cancellationToken);
                return outcome with { Verdict = FaultVerdict.NotPossible, Violations = [e.Message], Notes = scene.Notes };
            }

            await scene.HealAsync(cancellationToken);
            var recovery = Stopwatch.StartNew();
            ClusterView? after = await TryAsync(() => stage.AwaitWholeAsync(stage.RecoveryLimit, cancellationToken), found, "the cluster did not become whole again by itself", cancellationToken);
            TimeSpan whole = recovery.Elapsed;
            await Task.Delay(Trail, cancellationToken);
            await watch.StopAsync();
            ProbeVerification? verification = await TryAsync(() => VerifyAsync(cancellationToken), found, "the comparison failed", cancellationToken);
            var missing = new Dictionary<string, IReadOnlyList<long>?>();
            foreach (string node in stage.Names)
            {
                missing[node] = await watch.MissingAsync(node, CatchUpLimit, cancellationToken);
            }

            IReadOnlyList<ProbeOutage> outages = await TryAsync(() => OutagesAsync(from, cancellationToken), found, "the probe's outages cannot be had", cancellationToken) ?? [];
            IReadOnlyList<ProbeRoute>? counted = await TryAsync(() => stage.Probe.RoutesAsync(cancellationToken), found, "the probe's counters cannot be had", cancellationToken);
            await TryAsync(() => DropAsync(watch, cancellationToken), found, "the watch's table could not be dropped", cancellationToken);
            ProbeCounters? sum = counted is null ? null : Sum(counted).Since(Sum(routes));
            IReadOnlyList<string> violations = FaultOracle.Judge(new FaultEvidence
            {
                Case = one,
                Options = stage.Options,
                Proofs = scene.Proofs,
                Found = [.. found, .. scene.Violations],
                NotShown = scene.NotShown,
                Before = before,
                After = after,
                Outages = outages,
                Counted = sum,
                Verification = verification,
                Writes = watch.Writes,
                MissingRows = missing,
            });
            return outcome with
            {
                Verdict = violations.Count == 0 ? FaultVerdict.Passed : FaultVerdict.Failed,
                WriteRate = routes.First(route => route.IsFrontDoor).WriteRate,
                Outages = [.. outages.Select(outage => FaultOutage.From(outage, DateTimeOffset.UtcNow))],
                WholeAfterSeconds = after is null ? null : whole.TotalSeconds,
                Acknowledged = sum?.Acknowledged ?? 0,
                Lost = sum?.Lost ?? 0,
                Duplicated = sum?.Duplicated ?? 0,
                Unknown = sum?.Unknown ?? 0,
                StaleLeader = sum?.StaleLeader ?? 0,
                Proofs = scene.Proofs,
                Notes = scene.Notes,
                Violations = violations,
            };
        }
        finally
        {
            // A suite that is interrupted leaves nothing frozen or cut off.
            using var limit = new CancellationTokenSource(CatchUpLimit);
            await scene.HealAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await following.CancelAsync();
            await follow.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task InjectAsync(FaultCase one, FaultScene scene, List<string> found, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CaseLimit);
        try
        {
            await one.InjectAsync(scene, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            found.Add($"the case did not end within {CaseLimit.TotalMinutes:F0} min");
        }
        catch (Exception e) when (IsFinding(e, cancellationToken) && e is not FaultNotPossibleException)
        {
            found.Add(e.Message);
        }
    }

    private async Task<ProbeVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        ProbeVerification verification = await stage.Probe.VerifyAsync(cancellationToken);
        for (int attempt = 0; attempt < 4 && !verification.CoversAll; attempt++)
        {
            await Task.Delay(BetweenVerifications, cancellationToken);
            verification = await stage.Probe.VerifyAsync(cancellationToken);
        }

        return verification;
    }

    // An outage that is open at this moment may be a hiccup of a busy machine; one that stays open is none.
    private async Task<IReadOnlyList<ProbeOutage>> OutagesAsync(DateTimeOffset from, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        IReadOnlyList<ProbeOutage> outages;
        while ((outages = await stage.Probe.OutagesAsync(from, cancellationToken)).Any(outage => outage.End is null) && elapsed.Elapsed < CatchUpLimit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        return outages;
    }

    private static async Task<bool> DropAsync(WriterWatch watch, CancellationToken cancellationToken)
    {
        await watch.DropAsync(cancellationToken);
        return true;
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> ask, List<string> found, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (IsFinding(e, cancellationToken))
        {
            found.Add($"{what}: {e.Message}");
            return default;
        }
    }

    private static ProbeCounters Sum(IEnumerable<ProbeRoute> routes) => routes.Aggregate(ProbeCounters.Zero, (sum, route) => sum + route.Counters);

    // What a broken cluster throws at whoever asks it; anything else is a defect of the suite.
    private static bool IsFinding(Exception e, CancellationToken cancellationToken) => !cancellationToken.IsCancellationRequested
        && e is ClusterException or NpgsqlException or HttpRequestException or TimeoutException or OperationCanceledException or System.Text.Json.JsonException or IOException;

    [LoggerMessage(Level = LogLevel.Information, Message = "Fault {Case}, run {Run} of {Runs}: begun")]
    private static partial void Begun(ILogger logger, string @case, int run, int runs);

    [LoggerMessage(Level = LogLevel.Information, Message = "Fault {Case}, run {Run} of {Runs}: {Verdict}, {Outage} {Violations}")]
    private static partial void Ended(ILogger logger, string @case, int run, int runs, FaultVerdict verdict, string outage, string violations);
}
