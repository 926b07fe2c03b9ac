using Npgsql;

namespace HaPgAspire.ClusterTests.Vms;

/// <summary>
/// Asks through the front door until an answer comes. On a busy machine HAProxy may lose sight of the leader for a moment, and then ends a connection without a
/// word. What PostgreSQL itself answers is an answer.
/// </summary>
internal static class OpenDoor
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
        where T : notnull
    {
        (bool Answered, T? Answer) asked = await Machines.AwaitAsync<(bool Answered, T? Answer)>(
            Limit,
            async () =>
            {
                try
                {
                    return (true, await ask());
                }
                catch (NpgsqlException shut) when (shut is not PostgresException)
                {
                    return (false, default);
                }
            },
            asked => asked.Answered,
            _ => "the front door to be open",
            cancellationToken);
        return asked.Answer!;
    }

    /// <summary>What PostgreSQL says to something that it has to refuse.</summary>
    public static Task<PostgresException> RefusalAsync(Func<Task> ask, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            try
            {
                await ask();
            }
            catch (PostgresException refusal)
            {
                return refusal;
            }

            throw new Xunit.Sdk.XunitException("It was not refused.");
        },
        cancellationToken);
}
