using HaPgAspire.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace HaPgAspire.UnitTests.Failover;

public sealed class MemberSilenceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.5);

    private readonly FakeTimeProvider _time = new();
    private readonly MemberSilence _silence;

    public MemberSilenceTests() => _silence = new MemberSilence(Limit, _time);

    [Fact]
    public void A_member_is_suspect_once_it_was_silent_for_the_limit_while_another_answered()
    {
        Rounds(4, 500, ("a", true), ("b", true), ("c", true));
        Rounds(4, 500, ("a", false), ("b", true), ("c", false));
        Assert.False(_silence.IsSuspect("a"));
        Rounds(1, 500, ("a", false), ("b", true), ("c", false));
        Assert.True(_silence.IsSuspect("a"));
        Assert.False(_silence.IsSuspect("b"));
    }

    [Fact]
    public void Nobody_is_suspect_while_nobody_answers()
    {
        Rounds(4, 500, ("a", true), ("b", true), ("c", true));
        Rounds(40, 500, ("a", false), ("b", false), ("c", false));
        Assert.All(["a", "b", "c"], member => Assert.False(_silence.IsSuspect(member)));
    }

    [Fact]
    public void One_witness_among_five_is_not_enough_and_two_are()
    {
        Rounds(4, 500, ("a", true), ("b", true), ("c", true), ("d", true), ("e", true));
        Rounds(20, 500, ("a", false), ("b", true), ("c", false), ("d", false), ("e", false));
        Assert.False(_silence.IsSuspect("a"));
        Rounds(3, 500, ("a", false), ("b", true), ("c", true), ("d", false), ("e", false));
        Assert.True(_silence.IsSuspect("a"));
    }

    [Fact]
    public void A_member_that_never_answered_is_starting_and_not_suspect()
    {
        Rounds(40, 500, ("a", false), ("b", true), ("c", true));
        Assert.False(_silence.IsSuspect("a"));
    }

    [Fact]
    public void A_member_that_was_seen_to_be_alive_has_the_whole_limit_again()
    {
        Rounds(4, 500, ("a", true), ("b", true));
        Rounds(5, 500, ("a", false), ("b", true));
        Assert.True(_silence.IsSuspect("a"));
        _silence.Excuse("a");
        Assert.False(_silence.IsSuspect("a"));
        Rounds(4, 500, ("a", false), ("b", true));
        Assert.False(_silence.IsSuspect("a"));
        Rounds(1, 500, ("a", false), ("b", true));
        Assert.True(_silence.IsSuspect("a"));
    }

    [Fact]
    public void A_pause_of_the_watcher_is_no_silence_of_a_member()
    {
        Rounds(4, 500, ("a", true), ("b", true));
        Rounds(1, 60_000, ("a", false), ("b", true));
        Rounds(3, 500, ("a", false), ("b", true));
        Assert.False(_silence.IsSuspect("a"));
        Rounds(2, 500, ("a", false), ("b", true));
        Assert.True(_silence.IsSuspect("a"));
    }

    [Fact]
    public void A_member_that_was_fenced_has_to_answer_before_it_is_suspect_again()
    {
        Rounds(4, 500, ("a", true), ("b", true));
        Rounds(6, 500, ("a", false), ("b", true));
        Assert.True(_silence.IsSuspect("a"));
        _silence.Forget("a");
        Rounds(20, 500, ("a", false), ("b", true));
        Assert.False(_silence.IsSuspect("a"));
        Rounds(1, 500, ("a", true), ("b", true));
        Rounds(6, 500, ("a", false), ("b", true));
        Assert.True(_silence.IsSuspect("a"));
    }

    /// <summary>Whatever the answers and the clock: nobody is suspect who answered within the limit, and nobody without a witness that answered the last three questions.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_suspect_was_silent_and_has_a_witness(int seed)
    {
        // Not for secrets: the same runs every time.
#pragma warning disable CA5394
        var random = new Random(seed);
        string[] members = ["a", "b", "c", "d"];
        var lastAnswer = members.ToDictionary(member => member, _ => (DateTimeOffset?)null);
        var answersInARow = members.ToDictionary(member => member, _ => 0);
        int suspicions = 0;
        for (int round = 0; round < 20_000; round++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(10) == 0 ? random.Next(5000) : random.Next(200, 1000)));
            double health = round / 25 % 3 * 0.45;
            Dictionary<string, bool> answers = members.ToDictionary(member => member, member => random.NextDouble() < (member == "a" ? health : 0.95));
            _silence.Observe(answers);
            foreach (string member in members)
            {
                lastAnswer[member] = answers[member] ? _time.GetUtcNow() : lastAnswer[member];
                answersInARow[member] = answers[member] ? answersInARow[member] + 1 : 0;
            }

            foreach (string suspect in members.Where(_silence.IsSuspect))
            {
                suspicions++;
                Assert.True(_time.GetUtcNow() - lastAnswer[suspect] >= Limit);
                Assert.Contains(members, witness => witness != suspect && answersInARow[witness] >= MemberSilence.Rounds);
            }
        }
#pragma warning restore CA5394

        Assert.InRange(suspicions, 100, 19_000);
    }

    private void Rounds(int count, int milliseconds, params (string Member, bool Answered)[] answers)
    {
        for (int i = 0; i < count; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            _silence.Observe(answers.ToDictionary(answer => answer.Member, answer => answer.Answered));
        }
    }
}
