# Draws panels.svg from panels.csv; gnuplot -e "format='png'" panels.gnuplot draws panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 2400,605 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 960,242 font 'DejaVu Sans,10' background 'white'
}
set output 'panels.' . format
set datafile separator comma
set multiplot
set label 1 'Ten layers of 96 channels, ReLU after each; window -160 to 240 HU' at screen 0.5,0.9504132231404959 center font ',11'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.010416666666666666
set rmargin at screen 0.16666666666666666
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'low dose' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
set colorbox horizontal user origin screen 0.03125,0.09917355371900827 size screen 0.7729166666666667,0.024793388429752067
set cbtics ('-160 HU' -160.0, '40 HU' 40.0, '240 HU' 240.0) scale 0.3 offset 0,0.7 font ',8'
plot 'panels.csv' index 0 matrix with image
unset label 1
set lmargin at screen 0.175
set rmargin at screen 0.33125
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'linear filter' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 1 matrix with image
set lmargin at screen 0.33958333333333335
set rmargin at screen 0.49583333333333335
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'float' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 2 matrix with image
set lmargin at screen 0.5041666666666667
set rmargin at screen 0.6604166666666667
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'integer' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 3 matrix with image
set lmargin at screen 0.66875
set rmargin at screen 0.825
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'normal dose' font ',9' offset 0,-0.7
set cbrange [-160.0:240.0]
unset colorbox
plot 'panels.csv' index 4 matrix with image
set lmargin at screen 0.8333333333333334
set rmargin at screen 0.9895833333333334
set bmargin at screen 0.1487603305785124
set tmargin at screen 0.768595041322314
set title 'integer -'."\n".'normal dose, x 10' font ',9' offset 0,-0.7
set cbrange [-200.0:200.0]
set colorbox horizontal user origin screen 0.8541666666666666,0.09917355371900827 size screen 0.11458333333333333,0.024793388429752067
set cbtics ('-200 HU' -200.0, '0 HU' 0.0, '200 HU' 200.0) scale 0.3 offset 0,0.7 font ',8'
plot 'panels.csv' index 5 matrix with image
unset multiplot
