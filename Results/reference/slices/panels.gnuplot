# Draws panels.svg from panels.csv; gnuplot -e "format='png'" panels.gnuplot draws panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,1190 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,476 font 'DejaVu Sans,10' background 'white'
}
set output 'panels.' . format
set datafile separator comma
set multiplot
set label 1 'A whole slice, ten layers of 96 channels;'."\n".'window -160 to 240 HU' at screen 0.5,0.97479 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:256.0-0.5]
set yrange [256.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.52521
set tmargin at screen 0.88235
set label 2 'low dose' at screen 0.25278,0.89706 center font ',9'
set cbrange [-160.0:240.0]
set label 3 '46.61 dB' at screen 0.25278,0.50840 center font ',8'
set colorbox horizontal user origin screen 0.072222,0.042017 size screen 0.46667,0.012605
set cbtics ('-160' -160.0, '0' 0.0, '100' 100.0, '240' 240.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.55556,0.048319 left font ',8'
plot 'panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.52521
set tmargin at screen 0.88235
set label 2 'integer' at screen 0.74722,0.89706 center font ',9'
set cbrange [-160.0:240.0]
set label 3 '47.80 dB' at screen 0.74722,0.50840 center font ',8'
unset colorbox
plot 'panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.10084
set tmargin at screen 0.45798
set label 2 'normal dose' at screen 0.25278,0.47269 center font ',9'
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 2 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.10084
set tmargin at screen 0.45798
set label 2 'integer - normal dose' at screen 0.74722,0.47269 center font ',9'
set cbrange [-50.0:50.0]
set colorbox horizontal user origin screen 0.65556,0.042017 size screen 0.26667,0.012605
set cbtics ('-50' -50.0, '0' 0.0, '50' 50.0) scale 0.3 offset 0,0.6 font ',8'
set label 4 'HU' at screen 0.93889,0.048319 left font ',8'
plot 'panels.csv' index 3 matrix with image
unset label
unset multiplot
