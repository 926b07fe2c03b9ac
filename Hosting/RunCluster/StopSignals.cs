using System.Runtime.InteropServices;

namespace HaPgAspire.Hosting;

/// <summary>
/// Ctrl-C and SIGTERM from the first moment on: the host listens only once it starts its services, and what comes before (making the base image, above all)
/// would end where it is and leave its work behind.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // What shells report for a process that a signal ended.
    private const int SignalBase = 128;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private readonly CancellationTokenSource _stop;
    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    public StopSignals(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations = [Register(PosixSignal.SIGINT, Interrupt), Register(PosixSignal.SIGTERM, Terminate)];
    }

    /// <summary>Cancelled by the first signal, or by the caller.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code of a process that the signal ended; <see langword="null"/> while none has come.</summary>
    public int? ExitCode => _signal == 0 ? null : SignalBase + _signal;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _signal, number, 0) == 0)
        {
            _stop.Cancel();
        }
    });
}
